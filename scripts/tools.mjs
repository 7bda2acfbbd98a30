// The compiled tools that a build needs: their names, versions and places.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Only `npm run audit` needs this one. */
export const CARGO_DENY = { crate: 'cargo-deny', bin: 'cargo-deny', version: '0.20.2', locked: true, minutes: 8 };

/** Only `npm run mutants` needs this one. */
export const CARGO_MUTANTS = {
  crate: 'cargo-mutants',
  bin: 'cargo-mutants',
  version: '27.1.0',
  locked: true,
  minutes: 4,
};

/** Returns the tools for the text of a Cargo.lock: wasm-bindgen's two halves must have equal versions. */
export function toolsFor(cargoLock) {
  return [
    // Installed without --locked, since its own lock file names a release that was withdrawn.
    {
      crate: 'wasm-bindgen-cli',
      bin: 'wasm-bindgen',
      version: lockedVersion(cargoLock, 'wasm-bindgen'),
      locked: false,
      minutes: 2,
    },
  ];
}

/** Returns the version of one crate in the text of a Cargo.lock. */
export function lockedVersion(cargoLock, crate) {
  const entry = cargoLock.split('[[package]]').find((text) => text.includes(`name = "${crate}"\n`));
  const version = entry?.match(/^version = "([^"]+)"$/m)?.[1];
  if (!version) throw new Error(`Cargo.lock names no version of ${crate}`);
  return version;
}

/** Returns the folder of the compiled tools. All clones share it; `cargo install` does not use it. */
export function toolsFolder(env = process.env, home = homedir()) {
  const cache = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(home, '.cache');
  return join(cache, 'drawbridge', 'tools');
}

export const toolFolder = (tool, folder = toolsFolder()) => join(folder, `${tool.crate}-${tool.version}`);

/** Returns the path of a tool in exactly its version: ours, or one on PATH. */
export function findTool(tool, { folder = toolsFolder(), path = process.env.PATH } = {}) {
  const ours = join(toolFolder(tool, folder), 'bin', tool.bin);
  if (existsSync(ours)) return ours;
  const other = onPath(tool.bin, path);
  return other && reportedVersion(other) === tool.version ? other : undefined;
}

/** Returns the first executable file of that name on PATH. */
export function onPath(name, path = process.env.PATH) {
  return (path ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export const readCargoLock = () => readFileSync(join(root, 'Cargo.lock'), 'utf8');

/** Returns PATH with the commands of the npm packages first, or without them. */
export function pathWithPackages(path = process.env.PATH) {
  return [join(root, 'node_modules', '.bin'), pathWithoutPackages(path)].join(delimiter);
}

export function pathWithoutPackages(path = process.env.PATH) {
  return (path ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// `wasm-bindgen --version` prints "wasm-bindgen 0.2.130".
function reportedVersion(file) {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 5000 });
  return status === 0 ? stdout.trim().split(' ').pop() : undefined;
}
