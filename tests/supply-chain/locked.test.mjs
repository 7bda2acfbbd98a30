// The lock files decide what is built.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { root } from '../../scripts/tools.mjs';

const read = (...path) => readFileSync(join(root, ...path), 'utf8');
const manifest = JSON.parse(read('package.json'));
const commands = {
  '.ci/run': read('.ci', 'run'),
  ...manifest.scripts,
  ...Object.fromEntries(
    readdirSync(join(root, 'scripts'))
      .filter((file) => file.endsWith('.mjs'))
      .map((file) => [file, read('scripts', file)]),
  ),
};

// The registry from which the lock file was made has only the Linux binaries of this version.
const WITHOUT_HASH = ['darwin-64', 'darwin-arm64', 'windows-64'].map(
  (platform) => `node_modules/@cloudflare/workerd-${platform}`,
);

it('every crate in Cargo.lock comes from crates.io, with its hash', () => {
  const entries = read('Cargo.lock')
    .split('[[package]]')
    .slice(1)
    .filter((entry) => /^source = /m.test(entry));
  assert.ok(entries.length > 100);
  for (const entry of entries) {
    assert.match(entry, /^source = "registry\+https:\/\/github\.com\/rust-lang\/crates\.io-index"$/m);
    assert.match(entry, /^checksum = "[0-9a-f]{64}"$/m);
  }
  const own = read('Cargo.lock')
    .split('[[package]]')
    .slice(1)
    .filter((entry) => !/^source = /m.test(entry))
    .map((entry) => /^name = "(.*)"$/m.exec(entry)[1]);
  const { packages } = JSON.parse(
    spawnSync('cargo', ['metadata', '--locked', '--no-deps', '--format-version', '1'], { cwd: root, encoding: 'utf8' })
      .stdout,
  );
  assert.deepEqual(own.sort(), packages.map(({ name }) => name).sort());
});

it('every package in package-lock.json comes from the npm registry, with its hash', () => {
  const entries = Object.entries(JSON.parse(read('package-lock.json')).packages).filter(([path]) => path !== '');
  assert.ok(entries.length > 100);
  assert.deepEqual(
    entries.filter(([, { integrity }]) => !integrity).map(([path]) => path),
    WITHOUT_HASH,
  );
  for (const [path, { resolved, integrity = 'sha512-' }] of entries) {
    // .npmrc leaves the address out, so that a mirror may serve the package. The hash proves that it is the
    // same.
    assert.match(resolved ?? 'https://registry.npmjs.org/', /^https:\/\/registry\.npmjs\.org\//, path);
    assert.match(integrity, /^sha512-/, path);
  }
});

it('versions are exact', () => {
  const { devDependencies, optionalDependencies, dependencies } = manifest;
  assert.equal(dependencies, undefined, 'no npm package goes into the worker');
  for (const [name, version] of Object.entries({ ...devDependencies, ...optionalDependencies }))
    assert.match(version, /^(npm:[\w@/-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/, name);
  assert.match(read('rust-toolchain.toml'), /^channel = "\d+\.\d+\.\d+"$/m);
});

it('cargo and npm keep to them', () => {
  let found = 0;
  for (const [name, text] of Object.entries(commands)) {
    for (const [command] of text.matchAll(/cargo (test|clippy|doc|run|build|rustc) [^'"\n]*/g)) {
      // The command is part of a message to a person, or only checks what is installed.
      if (/--version|^cargo run --example/.test(command)) continue;
      found += 1;
      assert.match(command, /--locked/, `${name}: ${command}`);
    }
    assert.doesNotMatch(text, /npm (install|i) (?!-)/, name);
  }
  assert.ok(found >= 5);
  assert.match(commands['setup.mjs'], /'npm', \['ci'/);
  assert.match(commands['build.mjs'], /'--locked'/);
});
