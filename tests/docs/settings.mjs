// The settings that documents show, and the built worker's own judgement of them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_readConfig as readConfig } from 'wrangler';
import { root } from '../../scripts/tools.mjs';

const COMPATIBILITY_DATE = '2026-11-17';
const BASE = { name: 'drawbridge', main: 'worker.js', compatibility_date: COMPATIBILITY_DATE };

/** A block of TOML as wrangler reads it, completed by what every wrangler.toml begins with. */
export function readSettings(toml, environment) {
  const scratch = mkdtempSync(join(tmpdir(), 'drawbridge-'));
  try {
    const file = join(scratch, 'wrangler.toml');
    const [top] = toml.split(/^\[/m);
    const missing = Object.entries(BASE).filter(([name]) => !new RegExp(`^${name} =`, 'm').test(top));
    writeFileSync(file, `${missing.map(([name, value]) => `${name} = "${value}"\n`).join('')}${toml}`);
    return readConfig({ config: file, env: environment }, { hideWarnings: true });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const PROVIDERS = {
  mc: { kind: 'merchant-center', regions: ['gcp-eu'] },
  jtl: { kind: 'jtl-session', client_id_secret_name: 'JTL_CLIENT_ID', client_secret_secret_name: 'JTL_CLIENT_SECRET' },
};

/** The configuration, completed by the URL, the providers and the backend that it does not show. */
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

/** The names of the secrets that are anywhere in a configuration. */
function secretNames(value, name = '') {
  if (Array.isArray(value)) return value.flatMap((item) => secretNames(item, name));
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([member, inner]) => secretNames(inner, member));
  return name.endsWith('secret_name') ? [{ secret: value, isKey: name === 'signing_key_secret_name' }] : [];
}

/**
 * What the built worker says of configurations, each `{ configuration, bindings }`: an object or, where it
 * names no secrets, JSON; the names of what is bound: for each the faults that it found, none where it serves.
 */
export async function judge(all) {
  const key = JSON.stringify(await exportJWK((await generateKeyPair('EdDSA', { extractable: true })).privateKey));
  const modules = {
    'index.js': { type: 'esm', contents: readFileSync(join(root, 'build/index.js'), 'utf8') },
    'index_bg.wasm': { type: 'wasm', contents: new Uint8Array(readFileSync(join(root, 'build/index_bg.wasm'))) },
  };
  const bound = (names) => names.map((name) => [name, { type: 'worker', worker: 'bound' }]);
  const secrets = (configuration) =>
    secretNames(configuration).map(({ secret, isKey }) => [secret, { type: 'text', value: isKey ? key : 'secret' }]);
  const lines = [];
  const miniflare = new Miniflare({
    cf: false,
    enableDevRegistry: false,
    log: new Log(LogLevel.WARN),
    logRequests: false,
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }) => lines.push(message),
    workers: [
      ...all.map(({ configuration, bindings = [] }, index) => ({
        config: {
          name: `worker-${index}`,
          compatibilityDate: COMPATIBILITY_DATE,
          manifest: { mainModule: 'index.js', modules },
          env: {
            DRAWBRIDGE: { type: typeof configuration === 'string' ? 'text' : 'json', value: configuration },
            JWKS_CACHE: { type: 'kv', id: 'jwks' },
            ...Object.fromEntries([...bound(bindings), ...secrets(configuration)]),
          },
        },
        dev: { unsafeDirectSockets: [{ port: 0 }] },
      })),
      {
        config: {
          name: 'bound',
          compatibilityDate: COMPATIBILITY_DATE,
          manifest: {
            mainModule: 'main.js',
            modules: { 'main.js': { type: 'esm', contents: 'export default { fetch: () => new Response() };' } },
          },
        },
      },
    ],
  });
  try {
    await miniflare.ready;
    const verdicts = [];
    for (const index of all.keys()) {
      const from = lines.length;
      const answer = await fetch(await miniflare.unsafeGetDirectURL(`worker-${index}`), { redirect: 'manual' });
      const { code } = await answer.json();
      verdicts.push(code === 'misconfigured' ? `${code} ${await told(lines, from)}` : undefined);
    }
    return verdicts;
  } finally {
    await miniflare.dispose();
  }
}

/** The log comes by way of a pipe. */
async function told(lines, from) {
  for (let left = 200; left > 0; left -= 1) {
    const line = lines.slice(from).find((text) => text.includes('"misconfigured"'));
    if (line) return line;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return 'and no line in the log';
}
