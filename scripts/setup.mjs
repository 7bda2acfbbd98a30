// Installs what Drawbridge is built and tested with, in this clone and in a cache that all clones share.
// Does nothing if everything is there. Needs rustup (or a Rust that has the wasm target), npm, a C
// compiler and Node as package.json demands it. Wrangler and Miniflare need Node 22.12 or later: npm
// installs one in node_modules, which npm scripts find first.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Stop, interrupt, run, say, took } from './command.mjs';
import { acquire } from './lock.mjs';
import { pythonPackages } from './python.mjs';
import {
  findTool,
  onPath,
  pathWithoutPackages,
  readCargoLock,
  root,
  toolFolder,
  toolsFolder,
  toolsFor,
} from './tools.mjs';
import { WASM_TARGET } from './wasm.mjs';

async function setUp() {
  const started = Date.now();
  checkMachine();
  const tools = toolsFor(readCargoLock()).map(cargoTool);
  const steps = [rust(), ...tools, npmPackages(), ...pythonPackages()];
  const missing = steps.filter((step) => !step.isThere());
  if (missing.length === 0) {
    checkNode();
    return say(`everything is there (${took(started)})`);
  }
  await provide(missing);
  checkNode();
  say(`done (${took(started)})`);
}

async function provide(missing) {
  say(`to be installed: ${missing.map((step) => step.name).join(', ')}`);
  mkdirSync(toolsFolder(), { recursive: true });
  const release = await acquire(join(toolsFolder(), '.lock'), () => say('waiting for another set-up to finish'));
  try {
    for (const step of missing) {
      if (step.isThere()) continue; // another set-up was quicker
      const stepStarted = Date.now();
      await step.install();
      if (!step.isThere()) throw new Stop(`${step.name} was installed, but is missing or does not work.`);
      say(`${step.name}: installed (${took(stepStarted)})`);
    }
    rmSync(targetFolder(), { recursive: true, force: true });
  } finally {
    release();
  }
}

/** Returns the path of a tool that only some commands need, and installs it first if it is missing. */
export async function provideTool(tool) {
  if (findTool(tool) === undefined) await provide([cargoTool(tool)]);
  return findTool(tool);
}

function checkMachine() {
  if (process.platform === 'win32') throw new Stop('Windows itself is not supported. Run this inside WSL.');
  const [, oldest] = /^>=(\d+)$/.exec(readJson(join(root, 'package.json')).engines.node);
  if (Number(process.versions.node.split('.')[0]) < Number(oldest)) {
    throw new Stop(`Node ${process.versions.node} is too old. Install Node ${oldest} or later: https://nodejs.org`);
  }
  if (!onPath('cargo')) throw new Stop('there is no `cargo` on PATH. Install Rust: https://rustup.rs');
  if (!onPath('npm'))
    throw new Stop(`there is no \`npm\` on PATH. Install Node ${oldest} or later, with npm: https://nodejs.org`);
  if (!onPath('cc')) {
    throw new Stop(
      'there is no C compiler (`cc`) on PATH; Rust links with it. ' +
        'Debian: apt-get install build-essential. macOS: xcode-select --install',
    );
  }
}

/**
 * Checks that there is a Node that Wrangler and Miniflare run on: the one in node_modules, or the machine's
 * own.
 */
function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (existsSync(join(root, 'node_modules', '.bin', 'node')) || major > 22 || (major === 22 && minor >= 12)) return;
  throw new Stop(
    `npm has no Node for ${process.platform} ${process.arch}, or was told to leave optional packages out, ` +
      `and Node ${process.versions.node} is too old for wrangler. Install Node 22.12 or later.`,
  );
}

function rust() {
  const channel = pinnedChannel(readFileSync(join(root, 'rust-toolchain.toml'), 'utf8'));
  // rustup's automatic installation is not used: it may be switched off, and it prints nothing here.
  const env = { ...process.env, RUSTUP_AUTO_INSTALL: '0' };
  const probe = () =>
    spawnSync('rustc', ['--print', 'target-libdir', '--target', WASM_TARGET], { cwd: root, env, encoding: 'utf8' });
  return {
    name: `Rust ${channel} with ${WASM_TARGET}`,
    isThere() {
      const { status, stdout } = probe();
      return status === 0 && existsSync(stdout.trim());
    },
    async install() {
      if (!onPath('rustup')) {
        throw new Stop(
          `this Rust cannot compile for ${WASM_TARGET}, and there is no rustup to add the target. Install rustup ` +
            `(https://rustup.rs), or your distribution's package of that target.`,
        );
      }
      const works = probe().status === 0;
      const args = works
        ? ['target', 'add', WASM_TARGET]
        : [
            'toolchain',
            'install',
            channel,
            '--no-self-update',
            '--profile',
            'minimal',
            '--component',
            'rustfmt',
            '--component',
            'clippy',
            '--target',
            WASM_TARGET,
          ];
      say(`${this.name}: downloading with rustup`);
      await run('rustup', args, {
        onFailure:
          `If a Rust of that version or later is installed under another name (see \`rustup toolchain list\`), ` +
          `set RUSTUP_TOOLCHAIN=<name> in the environment to use it; it needs ` +
          `\`rustup target add ${WASM_TARGET} --toolchain <name>\`.`,
      });
    },
  };
}

/** Returns the toolchain that the text of a rust-toolchain.toml pins. */
export function pinnedChannel(toml) {
  return toml.match(/^\s*channel\s*=\s*"([^"]+)"/m)?.[1] ?? 'stable';
}

function cargoTool(tool) {
  return {
    name: `${tool.crate} ${tool.version}`,
    isThere: () => findTool(tool) !== undefined,
    async install() {
      const staging = join(toolsFolder(), `.staging-${tool.crate}-${process.pid}`);
      removeStaging(tool);
      say(`${this.name}: compiling, about ${tool.minutes} minutes on two cores`);
      const args = [
        'install',
        `${tool.crate}@${tool.version}`,
        '--root',
        staging,
        ...(tool.locked ? ['--locked'] : []),
      ];
      // The tool has a target folder of its own, so that an interrupted compilation can continue.
      await run('cargo', args, {
        env: { CARGO_TARGET_DIR: targetFolder() },
        progress: `${this.name}: still compiling`,
      });
      rmSync(toolFolder(tool), { recursive: true, force: true });
      renameSync(staging, toolFolder(tool));
    },
  };
}

const targetFolder = () => join(toolsFolder(), '.target');

function removeStaging(tool) {
  for (const name of readdirSync(toolsFolder())) {
    if (name.startsWith(`.staging-${tool.crate}-`)) rmSync(join(toolsFolder(), name), { recursive: true, force: true });
  }
}

function npmPackages() {
  return {
    name: 'npm packages',
    isThere() {
      const record = join(root, 'node_modules', '.package-lock.json');
      if (!existsSync(record)) return false;
      const installed = readJson(record);
      return (
        satisfies(installed, readJson(join(root, 'package-lock.json'))) &&
        !linksVulnerableNode() &&
        installedFiles(installed).every((file) => existsSync(join(root, file)))
      );
    },
    async install() {
      say(`${this.name}: installing, about half a minute`);
      // The machine's Node runs npm, since the one in node_modules is about to be replaced.
      await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env: { PATH: pathWithoutPackages() } });
    },
  };
}

/**
 * Whether commands would find the Node that only tests/backends runs. `npm ci` never links it, but `npm install`
 * does if it adds that package to others.
 */
function linksVulnerableNode() {
  const command = join(root, 'node_modules', '.bin', 'node');
  return existsSync(command) && realpathSync(command).includes(`${sep}vulnerable-`);
}

/** Whether node_modules, as npm recorded it, is what the lock file asks for. */
export function satisfies(installed, wanted) {
  const has = installed.packages;
  const wants = Object.entries(wanted.packages).filter(([path]) => path !== '');
  const allThere = wants.every(([path, want]) =>
    // Packages for other platforms are optional and absent.
    path in has
      ? has[path].version === want.version && has[path].integrity === want.integrity
      : want.optional || want.devOptional,
  );
  return allThere && Object.keys(has).every((path) => path in wanted.packages);
}

/**
 * Returns the files that exist if npm's record is true: each package, and the commands of the packages at the
 * top.
 */
export function installedFiles({ packages }) {
  return Object.entries(packages).flatMap(([path, { bin = {} }]) => [
    `${path}/package.json`,
    ...(path.lastIndexOf('node_modules/') === 0 ? Object.keys(bin).map((name) => `node_modules/.bin/${name}`) : []),
  ]);
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
  setUp().catch((error) => {
    console.error(error instanceof Stop || error.code ? `set-up cannot go on: ${error.message}` : error);
    process.exitCode = 1;
  });
}
