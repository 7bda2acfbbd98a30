// @ts-check
// Runs a command, and kills it and everything that it started as soon as the demo ends, even by kill -9: the
// channel between the two processes closes in any case. Arguments: a folder to remove at the end, the command,
// its arguments.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const [folder, command, ...args] = process.argv.slice(2);
// A process group of its own, which workerd and esbuild join.
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
const exited = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));

process.once('disconnect', killGroup);
if (!process.connected) killGroup();
const [code, signal] = await exited;
// What the command started may outlive it.
killGroup();
if (process.connected) {
  process.send?.({ how: signal ?? `exit code ${code}` }, () => {});
  await new Promise((resolve) => process.once('disconnect', resolve));
}
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

function killGroup() {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // The whole group has ended.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}
