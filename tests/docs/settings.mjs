// The settings that documents show, and the verdict of the built worker.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unstable_readConfig as readConfig } from 'wrangler';
import { newAssertionKey } from '../../testing/assertion-key.mjs';
import { eventually } from '../../testing/eventually.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';
import { builtModules, COMPATIBILITY_DATE } from '../../testing/worker/built.mjs';
import { KV, launch, toWorker, variable } from '../../testing/worker/miniflare.mjs';

const BASE = { name: 'drawbridge', main: 'worker.js', compatibility_date: COMPATIBILITY_DATE };

/** Reads a block of TOML as wrangler does. What every wrangler.toml begins with is added. */
export function readSettings(toml, environment) {
  const file = join(temporaryFolder(), 'wrangler.toml');
  const [top] = toml.split(/^\[/m);
  const missing = Object.entries(BASE).filter(([name]) => !new RegExp(`^${name} =`, 'm').test(top));
  writeFileSync(file, `${missing.map(([name, value]) => `${name} = "${value}"\n`).join('')}${toml}`);
  return readConfig({ config: file, env: environment }, { hideWarnings: true });
}

const PROVIDERS = {
  mc: { kind: 'merchant-center', regions: ['gcp-eu'] },
  jtl: { kind: 'jtl-session', client_id_secret_name: 'JTL_CLIENT_ID', client_secret_secret_name: 'JTL_CLIENT_SECRET' },
};

/** Adds the URL, the providers and the backend that a configuration does not show. */
export function complete(configuration) {
  const { providers = [], upstreams = {} } = configuration;
  const there = providers.map(({ name }) => name);
  const named = [
    ...(configuration.routes ?? []).flatMap((route) => route.providers ?? []),
    ...Object.values(upstreams).flatMap(({ access_token_of: name }) => name ?? []),
    ...(there.length === 0 ? ['mc'] : []),
  ];
  const missing = [...new Set(named)].filter((name) => !there.includes(name) && name in PROVIDERS);
  return {
    public_url: 'https://api.example.com',
    ...configuration,
    providers: [...providers, ...missing.map((name) => ({ name, ...PROVIDERS[name] }))],
    upstreams: { origin: { url: 'https://backend.example.com' }, ...upstreams },
  };
}

/** Returns the names of all secrets in a configuration. */
function secretNames(value, name = '') {
  if (Array.isArray(value)) return value.flatMap((item) => secretNames(item, name));
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([member, inner]) => secretNames(inner, member));
  return name.endsWith('secret_name') ? [{ secret: value, isKey: name === 'signing_key_secret_name' }] : [];
}

/**
 * Returns what the built worker says of configurations `{ configuration, bindings }`: the faults that it found,
 * or undefined if it serves. A configuration is an object; if it names no secrets, it may be JSON. `bindings`
 * are the names of what is bound.
 */
export async function judge(all) {
  const key = await newAssertionKey();
  const secrets = (configuration) =>
    secretNames(configuration).map(({ secret, isKey }) => [secret, variable(isKey ? JSON.stringify(key) : 'secret')]);
  /** @type {import('../../testing/worker/miniflare.mjs').LogLine[]} */
  const lines = [];
  const launched = await launch({
    keep: (line) => lines.push(line),
    workers: [
      ...all.map(({ configuration, bindings = [] }, index) => ({
        name: `worker-${index}`,
        modules: builtModules(),
        port: 0,
        env: {
          DRAWBRIDGE: variable(configuration),
          JWKS_CACHE: KV,
          ...Object.fromEntries([...bindings.map((name) => [name, toWorker('bound')]), ...secrets(configuration)]),
        },
      })),
      { name: 'bound', modules: { 'main.js': 'export default { fetch: () => new Response() };' } },
    ],
  });
  try {
    const verdicts = [];
    for (const index of all.keys()) {
      const from = lines.length;
      const answer = await fetch(await launched.urlOf(`worker-${index}`), { redirect: 'manual' });
      const { code } = /** @type {{ code?: string }} */ (await answer.json());
      verdicts.push(code === 'misconfigured' ? `${code} ${await told(lines, from)}` : undefined);
    }
    return verdicts;
  } finally {
    await launched.dispose();
  }
}

/** Returns the line that names the faults. The log comes through a pipe. */
const told = (lines, from) =>
  eventually(() => {
    const line = lines.slice(from).find(({ event }) => event === 'misconfigured');
    return JSON.stringify(line ?? assert.fail('no line in the log'));
  });
