// Every block of settings in the README and in docs/ is one that wrangler reads and the built worker serves with.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { MANUAL, blocks, read, section } from './markdown.mjs';
import { complete, judge, readSettings } from './settings.mjs';

const SHOWN = MANUAL.flatMap((path) => blocks(read(path), 'toml').map((toml) => ({ path, toml })));

const bindingsOf = ({ services = [], mtls_certificates: certificates = [] }) => [...services, ...certificates].map(({ binding }) => binding);

/** Those named in the settings of upstreams, bound elsewhere in the document. */
const bindingNames = (configuration) => Object.values(configuration.upstreams ?? {}).flatMap(({ binding }) => binding ?? []);

const environments = (toml) => [...new Set([...toml.matchAll(/^\[+env\.([a-z]+)\./gm)].map(([, name]) => name))];

describe('the settings in the documents', () => {
  let shown;
  before(() => {
    shown = SHOWN.flatMap(({ path, toml }) => [undefined, ...environments(toml)].map((environment) => {
      try {
        return { path, toml, settings: readSettings(toml, environment) };
      } catch (fault) {
        return { path, toml, fault };
      }
    }));
  });

  it('are TOML that wrangler reads', () => {
    assert.ok(SHOWN.length >= 20);
    assert.deepEqual(shown.filter(({ fault }) => fault).map(({ path, toml, fault }) => `${path}: ${fault}\n${toml}`), []);
  });

  it('are accepted by the worker, completed by what they leave out', async () => {
    const ours = shown.filter(({ settings }) => settings?.vars.DRAWBRIDGE);
    const all = ours.map(({ settings }) => settings.vars.DRAWBRIDGE);
    const judged = await judge(all.map((configuration, index) => ({
      configuration: complete(configuration),
      bindings: [...bindingsOf(ours[index].settings), ...bindingNames(configuration)],
    })));
    assert.ok(judged.length >= 15);
    const faults = judged.flatMap((fault, index) => (fault ? [`${ours[index].path}: ${fault}\n${ours[index].toml}`] : []));
    assert.deepEqual(faults, []);
  });

  it('would not be, if they were wrong', async () => {
    const [good, region, name, nothing] = await judge([
      { configuration: complete({}) },
      { configuration: complete({ providers: [{ name: 'mc', kind: 'merchant-center', regions: ['gcp-moon'] }] }) },
      { configuration: complete({ unmached: 'deny' }) },
      { configuration: {} },
    ]);
    assert.equal(good, undefined);
    assert.match(region, /providers\[0\]\.regions\[0\]/);
    assert.match(name, /unmached/);
    assert.match(nothing, /providers/);
    assert.throws(() => readSettings('[vars.DRAWBRIDGE'));
  });
});

describe('the quick starts in the README', () => {
  const [, ...parts] = section(read('README.md'), '## Quick start').split(/^### /m);

  for (const [platform, kind] of [['Merchant Center', 'merchant-center'], ['JTL', 'jtl-session'], ['OpenID Connect', 'oidc']]) {
    it(`is at most ten lines that need nothing else, for ${platform}`, async () => {
      const toml = blocks(parts.find((part) => part.split('\n')[0].includes(platform)), 'toml')[0];
      const lines = toml.split('\n').filter(Boolean);
      assert.ok(lines.length <= 10, toml);
      const configuration = readSettings(toml).vars.DRAWBRIDGE;
      assert.deepEqual(configuration.providers.map((provider) => provider.kind), [kind]);
      assert.ok(configuration.upstreams.origin.url && configuration.public_url);
      assert.deepEqual(await judge([{ configuration }]), [undefined]);
    });
  }
});
