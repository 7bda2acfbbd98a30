import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  findTool,
  lockedVersion,
  onPath,
  pathWithPackages,
  pathWithoutPackages,
  root,
  toolFolder,
  toolsFolder,
  toolsFor,
} from '../../scripts/tools.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const LOCK = `version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.129"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = [
 "wasm-bindgen-macro",
]
`;

const scratch = temporaryFolder();

function program(folder, name, prints) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho "${prints}"\n`);
  chmodSync(file, 0o755);
  return file;
}

test("wasm-bindgen-cli follows Cargo.lock's wasm-bindgen", () => {
  const cli = toolsFor(LOCK).find((tool) => tool.crate === 'wasm-bindgen-cli');
  assert.equal(cli.version, '0.2.130');
});

test('a crate that Cargo.lock does not name is an error', () => {
  assert.throws(() => lockedVersion(LOCK, 'bindgen'), /names no version of bindgen/);
});

test('tools are kept under XDG_CACHE_HOME, which counts only if absolute', () => {
  assert.equal(toolsFolder({ XDG_CACHE_HOME: '/caches' }, '/home/ada'), '/caches/drawbridge/tools');
  assert.equal(toolsFolder({ XDG_CACHE_HOME: 'caches' }, '/home/ada'), '/home/ada/.cache/drawbridge/tools');
  assert.equal(toolsFolder({}, '/home/ada'), '/home/ada/.cache/drawbridge/tools');
});

test('a tool on PATH is used in exactly the right version, and ours before it', () => {
  const tool = { crate: 'sample-cli', bin: 'sample', version: '1.2.3' };
  const folder = join(scratch, 'tools');
  const old = join(scratch, 'old');
  const right = join(scratch, 'right');
  program(old, 'sample', 'sample 1.2.30');
  const onItsPath = program(right, 'sample', 'sample 1.2.3');

  assert.equal(findTool(tool, { folder, path: '' }), undefined);
  assert.equal(findTool(tool, { folder, path: old }), undefined);
  assert.equal(findTool(tool, { folder, path: right }), onItsPath);
  const ours = program(join(toolFolder(tool, folder), 'bin'), 'sample', 'sample 1.2.3');
  assert.equal(findTool(tool, { folder, path: right }), ours);
});

test('a file that is not executable is not a program', () => {
  writeFileSync(join(scratch, 'notes'), '', { mode: 0o644 });
  assert.equal(onPath('notes', scratch), undefined);
});

test("npm's own commands come first on PATH, or not at all", () => {
  const bin = join(root, 'node_modules', '.bin');
  assert.equal(pathWithPackages('/usr/bin:/other/node_modules/.bin'), `${bin}:/usr/bin`);
  assert.equal(pathWithoutPackages(`${bin}:/usr/bin`), '/usr/bin');
});
