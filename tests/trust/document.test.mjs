// docs/trust.md shows what is tested: the examples to the letter, and settings that wrangler and the worker accept.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { unstable_readConfig as readConfig } from 'wrangler';
import { root } from '../../scripts/tools.mjs';
import { send } from '../workerd/exchange.mjs';
import { startAll } from '../workerd/gateway.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');
const DOCUMENT = read('docs/trust.md');
const LANGUAGES = { '.mjs': 'js', '.py': 'python', '.go': 'go' };

/** The code blocks in one language, without the indentation of the list that they stand in. */
function blocks(language) {
  const found = DOCUMENT.matchAll(new RegExp(`^( *)\`\`\`${language}\n([^]*?)^ *\`\`\`$`, 'gm'));
  return [...found].map(([, indent, code]) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

describe('the code in docs/trust.md', () => {
  const files = readdirSync(join(root, 'examples', 'backend')).filter((name) => extname(name) in LANGUAGES);
  for (const [extension, language] of Object.entries(LANGUAGES)) {
    it(`is that of the files, in ${language}`, () => {
      const wanted = files.filter((name) => extname(name) === extension).map((name) => read(`examples/backend/${name}`));
      assert.ok(wanted.length >= 2);
      assert.deepEqual(blocks(language).sort(), wanted.sort());
    });
  }

  it('runs scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...DOCUMENT.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name);
    assert.ok(named.includes('keygen'));
    assert.deepEqual(named.filter((name) => !(name in scripts)), []);
  });
});

describe('the settings in docs/trust.md', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'drawbridge-'));
  after(() => rmSync(scratch, { recursive: true }));
  const configs = blocks('toml').map((toml) => {
    const file = join(scratch, 'wrangler.toml');
    const base = { name: 'drawbridge', main: 'worker.js', compatibility_date: '2026-11-17' };
    const missing = Object.entries(base).filter(([name]) => !new RegExp(`^${name} =`, 'm').test(toml));
    writeFileSync(file, `${missing.map(([name, value]) => `${name} = "${value}"\n`).join('')}${toml}`);
    return readConfig({ config: file }, { hideWarnings: true });
  });
  const ours = configs.filter(({ vars }) => vars.DRAWBRIDGE).map((config) => ({ ...config, upstream: config.vars.DRAWBRIDGE.upstreams.origin }));

  it('bind what the upstreams name', () => {
    for (const { upstream, services, mtls_certificates: certificates } of ours.filter(({ upstream: { binding } }) => binding)) {
      assert.deepEqual([...services, ...certificates].map(({ binding }) => binding), [upstream.binding]);
    }
    const [backend, ...more] = configs.filter(({ vars }) => !vars.DRAWBRIDGE);
    assert.deepEqual([backend.workers_dev, backend.preview_urls, more.length], [false, false, 0]);
  });

  it('are accepted by the worker, all of them', async (t) => {
    const key = async () => JSON.stringify(await exportJWK((await generateKeyPair('EdDSA', { extractable: true })).privateKey));
    const module = 'export default { fetch: () => new Response() };';
    const all = await startAll({
      bindings: { ASSERTION_KEY: await key(), ASSERTION_KEY_2: await key(), ORIGIN_SECRET: 'origin-secret-1' },
      services: { BACKEND: module, BACKEND_CERT: module },
      change: (config) => ({
        ...config,
        public_url: 'https://api.example.com',
        unmatched: 'deny',
        upstreams: Object.fromEntries(ours.map(({ upstream }, index) => [`way${index}`, upstream])),
        routes: ours.map((_, index) => ({ path: `/way${index}`, upstream: `way${index}` })),
      }),
    });
    t.after(all.close);
    assert.equal(ours.length, 5);
    const { status, body } = await send(all.worker.url, '/elsewhere');
    assert.deepEqual([status, JSON.parse(body).code], [404, 'route_unknown'], JSON.stringify(all.worker.logs));
  });
});

describe('links', () => {
  const slug = (heading) => heading.toLowerCase().replace(/[^\w\s-]/g, '').trim().replaceAll(' ', '-');
  const anchors = [...DOCUMENT.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading));

  it('within docs/trust.md, and to it, lead to its headings', () => {
    const within = [...DOCUMENT.matchAll(/\]\(#([^)]+)\)/g)];
    const fromReadme = [...read('README.md').matchAll(/\]\(docs\/trust\.md#([^)]+)\)/g)];
    assert.ok(within.length >= 5 && fromReadme.length >= 4);
    assert.deepEqual([...within, ...fromReadme].map(([, anchor]) => anchor).filter((anchor) => !anchors.includes(anchor)), []);
    for (const path of ['README.md', 'SECURITY.md']) assert.ok(read(path).includes('](docs/trust.md'), path);
  });
});
