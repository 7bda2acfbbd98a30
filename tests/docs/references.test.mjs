// What the documents name exists: commands, files, headings, refusals and settings. Nothing is left out.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/tools.mjs';
import { transform } from 'esbuild';
import { report } from '../../sim/demo/report.mjs';
import { DOCUMENTS, MANUAL, anchors, blocks, firstCells, links, read, section } from './markdown.mjs';

const README = read('README.md');
const SHELL = DOCUMENTS.flatMap((path) => blocks(read(path), 'sh').map((script) => ({ path, script })));
const sorted = (names) => [...new Set(names)].sort();

describe('the commands in the documents', () => {
  it('are scripts that a shell can parse', () => {
    assert.ok(SHELL.length >= 20);
    for (const { path, script } of SHELL) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
      assert.equal(status, 0, `${path}: ${stderr}\n${script}`);
    }
  });

  it('run npm scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = DOCUMENTS.flatMap((path) =>
      [...read(path).matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(([, name]) => ({ path, name })),
    );
    assert.ok(
      ['demo', 'check', 'deploy', 'dev', 'keygen'].every((wanted) => named.some(({ name }) => name === wanted)),
    );
    assert.deepEqual(
      named.filter(({ name }) => !(name in scripts)),
      [],
    );
  });

  it('are commands of wrangler', { timeout: 300_000 }, async () => {
    const named = MANUAL.flatMap((path) =>
      [...read(path).matchAll(/npx wrangler ((?:[a-z][a-z-]+ ?)+)/g)].map(([, words]) => words.trim()),
    );
    const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
    for (const words of sorted(named)) {
      const { stdout } = await promisify(execFile)(process.execPath, [wrangler, ...words.split(' '), '--help'], {
        env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      });
      assert.match(stdout, new RegExp(`^wrangler ${words}\\b`, 'm'), words);
    }
    assert.ok(named.length >= 6);
  });
});

it('the JavaScript and JSON in the documents can be parsed', async () => {
  const shown = MANUAL.flatMap((path) =>
    /** @type {const} */ (['js', 'json']).flatMap((loader) =>
      blocks(read(path), loader).map((code) => ({ loader, code })),
    ),
  );
  assert.ok(shown.length >= 8);
  for (const { loader, code } of shown) await transform(code, { loader });
});

describe('the links in the documents', () => {
  const all = DOCUMENTS.flatMap((path) => links(read(path), path).map((link) => ({ from: path, ...link })));

  it('lead to files that there are', () => {
    assert.ok(all.length >= 60);
    assert.deepEqual(
      all.filter(({ path }) => !existsSync(join(root, path))),
      [],
    );
  });

  it('lead to headings that there are', () => {
    const within = all.filter(({ path, anchor }) => anchor && path.endsWith('.md'));
    assert.ok(within.length >= 20);
    assert.deepEqual(
      within.filter(({ path, anchor }) => !anchors(read(path)).includes(anchor)),
      [],
    );
  });

  it('lead from the README to every page', () => {
    const pages = links(README, 'README.md').map(({ path }) => path);
    assert.deepEqual(
      DOCUMENTS.filter((path) => path !== 'README.md' && !pages.includes(path)),
      [],
    );
  });
});

describe('the tables in the README', () => {
  it('have every refusal, and no other', () => {
    const [code] = read('src/rejection.rs').match(/pub fn code\(&self\)[^]*?\n {4}\}\n/);
    const codes = [...code.matchAll(/=> "([a-z_]+)"/g)].map(([, name]) => name);
    assert.ok(codes.length >= 25);
    assert.deepEqual(sorted(firstCells(section(README, '## When a request is refused'))), sorted(codes));
  });

  const schema = JSON.parse(read('drawbridge.schema.json'));

  it('have every setting', () => {
    const names = settings(schema);
    assert.ok(names.length >= 60);
    const cells = firstCells(README);
    const missing = names.filter(
      ({ name, isInner }) => !(isInner ? new RegExp(`\\b${name}\\b`).test(README) : cells.includes(name)),
    );
    assert.deepEqual(missing, []);
  });

  it('have no setting that there is not', () => {
    const names = settings(schema).map(({ name }) => name);
    const shown = firstCells(section(README, '## Configuration')).filter((name) => /^[a-z_]+$/.test(name));
    assert.ok(shown.length >= 40);
    assert.deepEqual(sorted(shown.filter((name) => !names.includes(name))), []);
  });
});

/** Names in the text that belong to others. */
const FOREIGN = ['expires_in', 'global_fetch_strictly_public', 'jwt_authn', 'large_client_header_buffers'];

it('names in the documents are of something that there is', () => {
  const sources = ['src/rejection.rs', 'src/health.rs', 'drawbridge.schema.json', 'docs/operations.md', 'wrangler.toml']
    .map(read)
    .join('\n');
  const shown = [
    'README.md',
    ...['deploying', 'migrating', 'comparison', 'faq'].map((page) => `docs/${page}.md`),
  ].flatMap((path) => {
    const inline = read(path).replaceAll(/^ *```[^]*?^ *```$/gm, '');
    return [...inline.matchAll(/`(?:[a-z]+\.)?([a-z]+(?:_[a-z]+)+)`/g)].map(([, name]) => name);
  });
  assert.ok(sorted(shown).length >= 60);
  assert.deepEqual(
    sorted(shown).filter((name) => !FOREIGN.includes(name) && !new RegExp(`\\b${name}\\b`).test(sources)),
    [],
  );
});

describe("the demo's output in the README", () => {
  const [, ...lines] = blocks(README, 'text')[0].split('\n').filter(Boolean);
  const rows = lines
    .filter((line) => /^[✔✘]/.test(line))
    .map((line) => [[2, 43], [44, 50], [52, 73], [75]].map((place) => line.slice(...place).trim()));

  it('is as the demo prints it', () => {
    const printed = rows.map(([what, status, code, backend]) => ({
      group: '',
      what,
      expected: {},
      found: { status, code, reached: backend === 'reached' ? 1 : 0 },
    }));
    const { text } = report(printed);
    assert.deepEqual(
      lines.filter((line) => /^[✔✘]/.test(line)),
      text.split('\n').filter((line) => /^[✔✘]/.test(line)),
    );
    assert.equal(blocks(README, 'text')[0].split('\n')[0], text.split('\n')[0]);
  });

  it('is what the test of the demo demands', () => {
    const [, table] = read('tests/demo/demo.test.mjs').match(/const TABLE = `\n([^]*?)`;/);
    const wanted = table.split('\n');
    assert.ok(rows.length >= 8);
    const joined = ([what, status, code, backend]) =>
      `  ${what} · ${status} · ${code} · ${backend}`.replace('·  ·', '· ·');
    const shown = [...lines.filter((line) => !/^[✔✘]/.test(line)), ...rows.map(joined)];
    assert.deepEqual(
      shown.filter((line) => !wanted.includes(line)),
      [],
    );
  });
});

/**
 * Returns every setting of a schema: `{ name, isInner }`. An inner one is described with the object that
 * contains it.
 */
function settings(schema) {
  const inner = ['require', 'assertion', 'shared_secret', 'jwks'];
  const walk = (node, isInner) => {
    if (node === null || typeof node !== 'object') return [];
    const own = Object.entries(node.properties ?? {});
    return [
      ...own.flatMap(([name, value]) => [{ name, isInner }, ...walk(value, isInner || inner.includes(name))]),
      ...Object.entries(node)
        .filter(([name]) => name !== 'properties')
        .flatMap(([, value]) => walk(value, isInner)),
    ];
  };
  return walk(schema, false);
}
