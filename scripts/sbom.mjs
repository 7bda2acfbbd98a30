// Writes a software bill of materials of the worker, CycloneDX 1.6, from the lock files. The same commit gives
// the same bytes. The scope of what is in the worker is "required"; the scope of what builds and tests it is
// "excluded".
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readCargoLock, root, toolsFor } from './tools.mjs';

const TARGET = 'wasm32-unknown-unknown';

/**
 * Returns the bill as an object.
 *
 * @typedef {{
 *   type: string,
 *   scope: string,
 *   'bom-ref': string,
 *   group?: string,
 *   name: string,
 *   version: string,
 *   purl: string,
 *   hashes?: { alg: string, content: string }[],
 *   licenses?: { expression: string }[],
 * }} Component
 */
export function sbom() {
  const metadata = cargoMetadata();
  const lock = readCargoLock();
  const { crates, product } = cratesOf(metadata, lock);
  const packages = npmPackages(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const tools = toolsFor(lock).map(({ crate, version }) => ({
    type: 'application',
    ...cargo(crate, version),
    scope: 'excluded',
  }));
  /** @type {Component[]} */
  const components = [...crates.map(({ component }) => component), ...tools, ...packages];
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { lifecycles: [{ phase: 'build' }], component: { ...product.component, type: 'application' } },
    components,
    dependencies: [product, ...crates].map(({ component, dependsOn }) => ({ ref: component['bom-ref'], dependsOn })),
  };
}

function cargoMetadata() {
  const args = ['metadata', '--locked', '--format-version', '1', '--filter-platform', TARGET];
  const { status, stdout, stderr } = spawnSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function cratesOf({ packages, resolve }, lock) {
  const byId = new Map(packages.map((entry) => [entry.id, entry]));
  const needs = new Map(
    resolve.nodes.map(({ id, deps }) => [
      id,
      deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null)).map(({ pkg }) => pkg),
    ]),
  );
  const isMacro = (id) => byId.get(id).targets.some(({ kind }) => kind.includes('proc-macro'));
  const reach = (from, through) => {
    const found = new Set([from]);
    for (const id of found) if (through(id)) for (const next of needs.get(id)) found.add(next);
    return found;
  };
  const all = reach(resolve.root, () => true);
  const inside = reach(resolve.root, (id) => !isMacro(id));
  const checksums = checksumsIn(lock);
  const describe = (id) => {
    const { name, version, license, repository } = byId.get(id);
    const checksum = checksums.get(`${name} ${version}`);
    const component = {
      type: 'library',
      ...cargo(name, version),
      ...(id !== resolve.root && { scope: inside.has(id) && !isMacro(id) ? 'required' : 'excluded' }),
      ...(checksum && { hashes: [{ alg: 'SHA-256', content: checksum }] }),
      ...licences(license),
      ...(repository && { externalReferences: [{ type: 'vcs', url: repository }] }),
    };
    return {
      component,
      dependsOn: needs
        .get(id)
        .map((next) => cargo(byId.get(next).name, byId.get(next).version)['bom-ref'])
        .sort(),
    };
  };
  const crates = [...all]
    .filter((id) => id !== resolve.root)
    .map(describe)
    .sort(byReference);
  return { product: describe(resolve.root), crates };
}

const cargo = (name, version) => ({
  'bom-ref': `pkg:cargo/${name}@${version}`,
  name,
  version,
  purl: `pkg:cargo/${name}@${version}`,
});

/** Maps "name version" to the SHA-256 in the text of a Cargo.lock. */
export function checksumsIn(lock) {
  const entries = lock.matchAll(
    /^\[\[package\]\]\nname = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "([0-9a-f]{64})"$/gm,
  );
  return new Map([...entries].map(([, name, version, checksum]) => [`${name} ${version}`, checksum]));
}

function npmPackages({ packages }) {
  const entries = Object.entries(packages).filter(([path]) => path !== '');
  const components = entries.map(([path, { name = path
        .split('node_modules/')
        .at(-1), version, integrity = '', license }]) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    const [, digest] = /^sha512-(.+)$/.exec(integrity) ?? [];
    return {
      type: 'library',
      'bom-ref': purl,
      ...splitScope(name),
      version,
      purl,
      scope: 'excluded',
      ...(digest && { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
      ...licences(license),
    };
  });
  const once = new Map(components.map((component) => [component.purl, component]));
  return [...once.values()].sort(byReference);
}

function splitScope(name) {
  const [group, rest] = name.split('/');
  return rest ? { group, name: rest } : { name };
}

/** Returns the licence as an SPDX expression, if it is one. */
function licences(text) {
  if (!text) return {};
  const expression = text.replaceAll('/', ' OR ');
  const isExpression = /^\(?[A-Za-z0-9.+-]+\)?( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*$/.test(expression);
  return { licenses: [isExpression ? { expression } : { license: { name: text } }] };
}

function byReference(a, b) {
  const [left, right] = [a, b].map((entry) => (entry.component ?? entry)['bom-ref']);
  return left < right ? -1 : Number(left > right);
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  const bill = sbom();
  const file = join(root, 'build', 'sbom.cdx.json');
  mkdirSync(join(root, 'build'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
  const required = bill.components.filter(({ scope }) => scope === 'required').length;
  console.log(
    `sbom: ${file}: ${required} crates in the worker, ${bill.components.length - required} components that ` +
      'build and test it',
  );
}
