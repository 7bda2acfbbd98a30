// Installs Debian's packages if that is possible without asking anybody.
import { spawnSync } from 'node:child_process';
import { run } from './command.mjs';
import { onPath } from './tools.mjs';

/**
 * Whether `aptInstall` may be used: apt-get exists, and this process is root or can become root without a
 * password.
 */
export function aptMayInstall() {
  return Boolean(
    process.platform === 'linux' &&
    onPath('apt-get') &&
    (isRoot() || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0),
  );
}

/** Installs these packages, without those that they merely recommend. */
export async function aptInstall(...packages) {
  await apt('update', '-q');
  await apt('install', '-q', '-y', '--no-install-recommends', ...packages);
}

async function apt(...args) {
  const [command, ...rest] = [...(isRoot() ? [] : ['sudo', '-n']), 'apt-get', ...args];
  await run(command, rest, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
}

const isRoot = () => process.getuid?.() === 0;
