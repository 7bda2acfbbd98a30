// Runs one command of set-up. It prints nothing if the command succeeds.
import { spawn } from 'node:child_process';
import { root } from './tools.mjs';

const PROGRESS_MS = 30_000;

/** A failure that only the user can repair. Its message is shown as it is. */
export class Stop extends Error {}

let running;
let interrupted = false;

// The lock is kept until the command has ended, since two npm at once would damage node_modules.
export function interrupt() {
  interrupted = true;
  if (running) running.kill();
  else process.exit(130);
}

/**
 * Runs a command, and shows what it printed only if it fails. With `progress`, says every 30 seconds that it
 * goes on.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, progress?: string, onFailure?: string }} [options]
 */
export function run(command, args, { env = {}, progress, onFailure = '' } = {}) {
  const started = Date.now();
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, RUST_BACKTRACE: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let output = '';
  const keep = (data) => (output += data);
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const crates = () => output.match(/^ +Compiling /gm)?.length ?? 0;
  const ticker = progress && setInterval(() => say(`${progress} (${took(started)}, ${crates()} crates)`), PROGRESS_MS);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(ticker);
      running = undefined;
      if (interrupted) return reject(new Stop('it was interrupted. The next one goes on from here.'));
      if (status === 0) return resolve(undefined);
      reject(
        new Stop(
          [`\`${command} ${args.join(' ')}\` failed:`, excerpt(output), advice(output), onFailure]
            .filter(Boolean)
            .join('\n\n'),
        ),
      );
    });
  });
}

// npm names the cause first, cargo names it last.
function excerpt(output) {
  const lines = output.trim().split('\n');
  return (lines.length <= 40 ? lines : [...lines.slice(0, 10), '[…]', ...lines.slice(-25)]).join('\n');
}

const UNREACHABLE = new RegExp(
  [
    'could not resolve host',
    'failed to lookup address',
    'dns error',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'ECONNREFUSED',
    'timed out',
    'error sending request',
    'name resolution',
    'establish a new connection',
  ].join('|'),
  'i',
);

/** Returns what the user can do about a failure, if the output tells the cause. */
export function advice(output) {
  if (/No space left on device|ENOSPC/.test(output)) return 'The disk is full.';
  if (UNREACHABLE.test(output)) {
    return (
      'It looks as if the network, or a proxy, is in the way: crates.io, registry.npmjs.org, pypi.org and ' +
      'static.rust-lang.org must be reachable.'
    );
  }
  return '';
}

export const say = (text) => console.log(`set-up: ${text}`);

export function took(since) {
  const seconds = (Date.now() - since) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
