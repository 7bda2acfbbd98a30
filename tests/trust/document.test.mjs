// docs/trust.md shows what is tested: the examples to the letter, and settings that bind what they name.
// tests/docs/ checks for every document that wrangler and the worker accept its settings, and that its links
// and commands exist.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { describe, it } from 'node:test';
import { root } from '../../scripts/tools.mjs';
import { blocks, links, read } from '../docs/markdown.mjs';
import { readSettings } from '../docs/settings.mjs';

const DOCUMENT = read('docs/trust.md');
const LANGUAGES = { '.mjs': 'js', '.py': 'python', '.go': 'go' };

describe('the code in docs/trust.md', () => {
  const files = readdirSync(join(root, 'examples', 'backend')).filter((name) => extname(name) in LANGUAGES);
  for (const [extension, language] of Object.entries(LANGUAGES)) {
    it(`is that of the files, in ${language}`, () => {
      const wanted = files
        .filter((name) => extname(name) === extension)
        .map((name) => read(`examples/backend/${name}`));
      assert.ok(wanted.length >= 2);
      assert.deepEqual(blocks(DOCUMENT, language).sort(), wanted.sort());
    });
  }
});

describe('the settings in docs/trust.md', () => {
  const configs = blocks(DOCUMENT, 'toml').map((toml) => readSettings(toml));

  it('bind what the upstreams name', () => {
    const ours = configs
      .filter(({ vars }) => vars.DRAWBRIDGE)
      .map((config) => ({ ...config, upstream: config.vars.DRAWBRIDGE.upstreams.origin }));
    assert.equal(ours.length, 5);
    for (const { upstream, services, mtls_certificates: certificates } of ours.filter(
      ({ upstream: { binding } }) => binding,
    )) {
      assert.deepEqual(
        [...services, ...certificates].map(({ binding }) => binding),
        [upstream.binding],
      );
    }
    const [backend, ...more] = configs.filter(({ vars }) => !vars.DRAWBRIDGE);
    assert.deepEqual([backend.workers_dev, backend.preview_urls, more.length], [false, false, 0]);
  });
});

it('README and SECURITY lead to docs/trust.md', () => {
  for (const path of ['README.md', 'SECURITY.md'])
    assert.ok(
      links(read(path), path).some((link) => link.path === 'docs/trust.md'),
      path,
    );
});
