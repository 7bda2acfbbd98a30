import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findPython, hasPython, pythonFolder, REQUIREMENTS } from '../../scripts/python.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const scratch = temporaryFolder();

function program(file, status) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nexit ${status}\n`);
  chmodSync(file, 0o755);
}

test('other requirements are kept elsewhere', () => {
  assert.notEqual(pythonFolder('a==1', scratch), pythonFolder('a==2', scratch));
  assert.equal(pythonFolder('a==1', scratch), pythonFolder('a==1', scratch));
});

test('every package is pinned, with hashes', () => {
  const lines = REQUIREMENTS.flatMap((file) => readFileSync(file, 'utf8').replaceAll('\\\n', '').split('\n'));
  const packages = lines.filter((line) => line && !line.startsWith('#'));
  for (const name of ['cryptography', 'flask', 'pyjwt'])
    assert.ok(
      packages.some((line) => line.startsWith(`${name}==`)),
      name,
    );
  for (const line of packages) assert.match(line, /^[a-z\d-]+==[\d.]+ .*--hash=sha256:[0-9a-f]{64}/);
});

test('a Python that is missing, or that does not find the packages, is none', () => {
  const folder = join(scratch, 'environment');
  assert.equal(findPython(folder), undefined);
  program(join(folder, 'bin', 'python'), 1);
  assert.equal(findPython(folder), undefined);
  program(join(folder, 'bin', 'python'), 0);
  assert.equal(findPython(folder), join(folder, 'bin', 'python'));
});

test('a Python that is too old counts as none', () => {
  const path = join(scratch, 'path');
  assert.equal(hasPython(path), false);
  program(join(path, 'python3'), 1);
  assert.equal(hasPython(path), false);
  program(join(path, 'python3'), 0);
  assert.equal(hasPython(path), true);
});
