// @ts-check
// The machine that a measurement runs on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { root } from '../scripts/tools.mjs';
import { WORKERD } from './worker/workerd.mjs';

/** @param {string} command @param {string[]} args */
const firstLine = (command, ...args) =>
  execFileSync(command, args, { encoding: 'utf8', cwd: root }).split('\n')[0].trim();
const version = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(`${root}/node_modules/${name}/package.json`, 'utf8')).version;

export function machine() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    workerd: firstLine(WORKERD, '--version'),
    node: process.version,
    rustc: firstLine('rustc', '--version'),
    jose: version('jose'),
    hono: version('hono'),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** Returns the load average of the machine. Close to 0 is best. */
export const load = () => os.loadavg()[0];
