// Every block of settings in the README and in docs/ can be read by wrangler and lets the built worker serve.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { getPlatformProxy } from 'wrangler';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';
import { MANUAL, blocks, read, section } from './markdown.mjs';
import { complete, judge, readSettings } from './settings.mjs';

const SHOWN = MANUAL.flatMap((path) => blocks(read(path), 'toml').map((toml) => ({ path, toml })));

const bindingsOf = ({ services = [], mtls_certificates: certificates = [] }) =>
  [...services, ...certificates].map(({ binding }) => binding);

/** The names in the settings of upstreams that are bound elsewhere in the document. */
const bindingNames = (configuration) =>
  Object.values(configuration.upstreams ?? {}).flatMap(({ binding }) => binding ?? []);

const environments = (toml) => [...new Set([...toml.matchAll(/^\[+env\.([a-z]+)\./gm)].map(([, name]) => name))];

describe('the settings in the documents', () => {
  let shown;
  before(() => {
    shown = SHOWN.flatMap(({ path, toml }) =>
      [undefined, ...environments(toml)].map((environment) => {
        try {
          return { path, toml, settings: readSettings(toml, environment) };
        } catch (fault) {
          return { path, toml, fault };
        }
      }),
    );
  });

  it('are TOML that wrangler reads', () => {
    assert.ok(SHOWN.length >= 20);
    assert.deepEqual(
      shown.filter(({ fault }) => fault).map(({ path, toml, fault }) => `${path}: ${fault}\n${toml}`),
      [],
    );
  });

  it('are accepted by the worker, completed by what they leave out', async () => {
    const ours = shown.filter(({ settings }) => settings?.vars.DRAWBRIDGE);
    const all = ours.map(({ settings }) => settings.vars.DRAWBRIDGE);
    const judged = await judge(
      all.map((configuration, index) => ({
        configuration: complete(configuration),
        bindings: [...bindingsOf(ours[index].settings), ...bindingNames(configuration)],
      })),
    );
    assert.ok(judged.length >= 15);
    const faults = judged.flatMap((fault, index) =>
      fault ? [`${ours[index].path}: ${fault}\n${ours[index].toml}`] : [],
    );
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

it('the configuration for a tunnel is one that .dev.vars may hold instead of that of wrangler.toml', async (t) => {
  const [json] = blocks(section(read('docs/deploying.md'), '## Local development'), 'json');
  const configuration = JSON.parse(json);
  const scratch = temporaryFolder();
  writeFileSync(
    join(scratch, 'wrangler.toml'),
    'name = "drawbridge"\ncompatibility_date = "2026-11-17"\n' +
      '[vars.DRAWBRIDGE]\npublic_url = "https://api.example.com"\n',
  );
  writeFileSync(join(scratch, '.dev.vars'), `DRAWBRIDGE='${JSON.stringify(configuration)}'\n`);
  const { env, dispose } = await getPlatformProxy({ configPath: join(scratch, 'wrangler.toml'), persist: false });
  t.after(dispose);
  assert.deepEqual(JSON.parse(String(env.DRAWBRIDGE)), configuration);
  assert.deepEqual(await judge([{ configuration: env.DRAWBRIDGE }]), [undefined]);
});

describe('the quick starts in the README', () => {
  const [, ...parts] = section(read('README.md'), '## Quick start').split(/^### /m);

  for (const [platform, kind] of [
    ['Merchant Center', 'merchant-center'],
    ['JTL', 'jtl-session'],
    ['OpenID Connect', 'oidc'],
  ]) {
    it(`is at most ten lines that need nothing else, for ${platform}`, async () => {
      const toml = blocks(
        parts.find((part) => part.split('\n')[0].includes(platform)),
        'toml',
      )[0];
      const lines = toml.split('\n').filter(Boolean);
      assert.ok(lines.length <= 10, toml);
      const configuration = readSettings(toml).vars.DRAWBRIDGE;
      assert.deepEqual(
        configuration.providers.map((provider) => provider.kind),
        [kind],
      );
      assert.ok(configuration.upstreams.origin.url && configuration.public_url);
      assert.deepEqual(await judge([{ configuration }]), [undefined]);
    });
  }
});
