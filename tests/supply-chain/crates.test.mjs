// docs/supply-chain.md names every crate that goes into the worker, and no other.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { root } from '../../scripts/tools.mjs';

const args = [
  'tree',
  '--locked',
  '--target',
  'wasm32-unknown-unknown',
  '-e',
  'normal',
  '--prefix',
  'none',
  '--format',
  '{p}',
];
const { status, stdout, stderr } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8' });
const compiled = [...new Set(stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')))].filter(
  (crate) => crate !== '' && !crate.startsWith('drawbridge '),
);
const names = compiled.map((crate) => crate.split(' ')[0]);

const text = readFileSync(join(root, 'docs', 'supply-chain.md'), 'utf8');
const rows = text
  .split('\n## ')
  .find((section) => section.startsWith('Crates in the worker'))
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, crates, job] = line
      .split(' | ')
      .map((cell) => cell.replace(/^\| | \|$/g, ''))
      .flatMap((cell, index) => (index === 0 ? ['', cell] : [cell]));
    return { crates: [...crates.matchAll(/`([^`]+)`/g)].map(([, name]) => name), job };
  });
const documented = rows.flatMap(({ crates }) => crates);

it('every crate has a job', () => {
  assert.equal(status, 0, stderr);
  assert.ok(names.length > 50);
  assert.deepEqual(
    {
      undocumented: [...new Set(names)].filter((name) => !documented.includes(name)),
      gone: documented.filter((name) => !names.includes(name)),
    },
    { undocumented: [], gone: [] },
  );
  assert.equal(documented.length, new Set(documented).size);
  for (const { crates, job } of rows) assert.match(job, /^.{5,}$/, crates.join());
});

it('those that are there in two versions are told', () => {
  const doubled = names.filter((name, index) => names.indexOf(name) !== index);
  for (const name of doubled) {
    const { job } = rows.find(({ crates }) => crates.includes(name));
    assert.match(job, /two versions/, name);
  }
  assert.deepEqual(
    rows.filter(({ job, crates }) => /two versions/.test(job) && !crates.some((name) => doubled.includes(name))),
    [],
  );
});
