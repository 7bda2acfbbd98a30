// Debian's packages, where they can be installed without asking anybody.
import { spawnSync } from 'node:child_process';
import { run } from './command.mjs';
import { onPath } from './tools.mjs';

/** Whether `aptInstall` may be used: apt-get is there, and this is root or may become it unasked. */
export function aptMayInstall() {
  return Boolean(
    process.platform === 'linux' &&
    onPath('apt-get') &&
    (isRoot() || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0),
  );
}

/** Installs these packages and nothing that they merely recommend. */
export async function aptInstall(...packages) {
  await apt('update', '-q');
  await apt('install', '-q', '-y', '--no-install-recommends', ...packages);
}

async function apt(...args) {
  const [command, ...rest] = [...(isRoot() ? [] : ['sudo', '-n']), 'apt-get', ...args];
  await run(command, rest, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
}

const isRoot = () => process.getuid?.() === 0;
