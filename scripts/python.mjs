// Installs the Python packages that tests run, those of examples/backend and of tests/backends, into a virtual
// environment that all clones share.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, aptMayInstall } from './apt.mjs';
import { run, say } from './command.mjs';
import { onPath, root, toolsFolder } from './tools.mjs';

/** The files that pin packages, with hashes. */
export const REQUIREMENTS = ['examples/backend/requirements.txt', 'tests/backends/requirements.txt'].map((file) =>
  join(root, file),
);
const pinned = () => REQUIREMENTS.map((file) => readFileSync(file, 'utf8')).join('');

/** Returns the folder for the packages that such files pin. */
export function pythonFolder(requirements = pinned(), folder = toolsFolder()) {
  return join(folder, `python-${createHash('sha256').update(requirements).digest('hex').slice(0, 12)}`);
}

/** Returns the Python that has the packages, or undefined if set-up could not install them. */
export function findPython(folder = pythonFolder()) {
  const python = join(folder, 'bin', 'python');
  // A Python of another version does not find packages that were installed for this one.
  const finds = [
    '-I',
    '-c',
    'from importlib.util import find_spec; exit(not all(map(find_spec, ["jwt", "cryptography", "flask"])))',
  ];
  return existsSync(python) && spawnSync(python, finds, { stdio: 'ignore' }).status === 0 ? python : undefined;
}

/** Whether there is a Python that the packages support. */
export const hasPython = (path = process.env.PATH) => {
  const python = onPath('python3', path);
  return python !== undefined && ask(python, 'import sys; exit(sys.version_info < (3, 9))');
};

/** Set-up's step, or none if there is no such Python. Building and deploying do not need it. */
export function pythonPackages() {
  const step = {
    name: 'Python packages',
    isThere: () => findPython() !== undefined,
    async install() {
      if (!canInstall()) await aptInstall('python3-venv');
      say(`${this.name}: installing`);
      const staging = join(toolsFolder(), `.staging-python-${process.pid}`);
      removeStaging();
      mkdirSync(staging, { recursive: true });
      await fill(staging);
      rmSync(pythonFolder(), { recursive: true, force: true });
      renameSync(staging, pythonFolder());
    },
  };
  if (step.isThere()) return [step];
  const obstacle = obstacleOf();
  if (!obstacle) return [step];
  say(`neither the Python example nor Flask can be tested: ${obstacle}`);
  return [];
}

function obstacleOf() {
  if (!hasPython()) return 'there is no Python 3.9 or later (`python3`) on PATH';
  if (!canInstall() && !aptMayInstall())
    return 'this Python has no venv or no pip. Debian: apt-get install python3-venv';
  return undefined;
}

const canInstall = () => hasModule('venv') && (hasModule('ensurepip') || hasModule('pip'));
const hasModule = (name) => ask('python3', `from importlib.util import find_spec; exit(find_spec("${name}") is None)`);
const ask = (python, question) => spawnSync(python, ['-c', question], { stdio: 'ignore' }).status === 0;

/** Debian's Python has no ensurepip, and so no pip in the environment, unless python3-venv is installed. */
async function fill(folder) {
  const inside = hasModule('ensurepip');
  await run('python3', ['-m', 'venv', ...(inside ? [] : ['--without-pip']), folder]);
  const python = join(folder, 'bin', 'python');
  const site = spawnSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], {
    encoding: 'utf8',
  }).stdout.trim();
  const pip = inside ? [python, '-m', 'pip', 'install'] : ['python3', '-m', 'pip', 'install', '--target', site];
  const [command, ...args] = [...pip, '--require-hashes', ...REQUIREMENTS.flatMap((file) => ['-r', file])];
  await run(command, args, { env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_REQUIRE_VIRTUALENV: '0', PIP_USER: '0' } });
}

function removeStaging() {
  for (const name of readdirSync(toolsFolder())) {
    if (name.startsWith('.staging-python-')) rmSync(join(toolsFolder(), name), { recursive: true, force: true });
  }
}
