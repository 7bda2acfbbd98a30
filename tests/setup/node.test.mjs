// The oldest Node is one number, wherever it is named.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { root } from '../../scripts/tools.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');
const { engines, optionalDependencies } = JSON.parse(read('package.json'));

/** Wrangler demands this version; the Node in node_modules meets it. */
const WRANGLERS = '22.12';

/** The Node that tests/backends needs has this before the name of its package, and must not run anything else. */
const VULNERABLE = 'vulnerable-';

it('package.json, its lock file and every document name the same oldest Node', () => {
  const [, oldest] = /^>=(\d+)$/.exec(engines.node) ?? [];
  assert.deepEqual(JSON.parse(read('package-lock.json')).packages[''].engines, engines);
  const files = ['README.md', 'sim/README.md', ...globSync('docs/*.md', { cwd: root }), 'scripts/setup.mjs'];
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/\bNode \(?([\d.]+) or later/g)].map(([, version]) => ({ file, version })),
  );
  for (const { file, version } of named)
    assert.ok(version === oldest || (file === 'scripts/setup.mjs' && version === WRANGLERS), `${file}: ${version}`);
  for (const file of ['README.md', 'sim/README.md', 'docs/deploying.md'])
    assert.ok(
      named.some((one) => one.file === file),
      `${file} says nothing of Node`,
    );
});

it('the Node that npm installs is one that Wrangler runs on', () => {
  assert.equal(JSON.parse(read('node_modules/wrangler/package.json')).engines.node, `>=${WRANGLERS}.0`);
  const [wantedMajor, wantedMinor] = WRANGLERS.split('.').map(Number);
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (name.startsWith(VULNERABLE)) continue;
    const [major, minor] = version.split('.').map(Number);
    assert.ok(major > wantedMajor || (major === wantedMajor && minor >= wantedMinor), `${name} ${version}`);
  }
});

it('the vulnerable Node of tests/backends is not the one that commands find', () => {
  const names = Object.keys(optionalDependencies);
  const vulnerable = names.filter((name) => name.startsWith(VULNERABLE));
  // npm links the command of the package that comes first, so a name that comes before the others would win.
  assert.deepEqual(vulnerable, names.sort().slice(-vulnerable.length));
  assert.equal(vulnerable.length, names.length / 2);
  const command = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(command)) assert.ok(!realpathSync(command).includes(VULNERABLE), realpathSync(command));
});
