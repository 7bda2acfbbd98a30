// @ts-check
// The worker under the real `wrangler dev`, with a configuration and a local KV of its own.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { root } from '../../scripts/tools.mjs';
import { either, within } from '../../sim/demo/either.mjs';
import { COMPATIBILITY_DATE, MAIN } from './built.mjs';

const WRANGLER = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
const KEEPER = fileURLToPath(new URL('keeper.mjs', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 10_000;
const SHOWN_LINES = 40;

/**
 * Starts the worker and resolves when it judges requests: `{ url, log, ended, stop() }`. `log` is the file with
 * the output of wrangler; the signal `ended` fires if wrangler ends by itself.
 *
 * @param {{
 *   port: number,
 *   configuration: { public_url: string, [setting: string]: unknown },
 *   secrets: Record<string, string>,
 *   signal: AbortSignal,
 * }} options
 */
export async function startWorker({ port, configuration, secrets, signal }) {
  for (const file of [MAIN, WRANGLER]) {
    if (!existsSync(file)) throw new Error(`${relative(root, file)} is not there: run \`npm run build\` first`);
  }
  const url = configuration.public_url;
  const folder = prepareFolder(configuration, secrets);
  const log = join(folder, 'wrangler.log');
  const keeper = startKeeper(folder, log, port);

  const ending = new AbortController();
  const fail = (/** @type {string} */ what) =>
    ending.abort(new Error(`${what}. What it said last:\n\n${lastLines(readFileSync(log, 'utf8'))}`));
  const exited = new Promise((resolve) => keeper.once('exit', resolve));
  keeper.once('message', (/** @type {{ how: string }} */ { how }) => fail(`wrangler dev ended by itself (${how})`));
  const stop = async () => {
    // The keeper ends when the channel closes.
    if (keeper.connected) keeper.disconnect();
    const late = setTimeout(() => keeper.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  };
  try {
    await untilReady(url, either(signal, ending.signal), fail);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, log: relative(process.cwd(), log), ended: ending.signal, stop };
}

/**
 * Makes a folder in .wrangler/ for what wrangler reads and for everything that it writes.
 *
 * @param {object} configuration
 * @param {Record<string, string>} secrets
 */
function prepareFolder(configuration, secrets) {
  mkdirSync(join(root, '.wrangler'), { recursive: true });
  const folder = mkdtempSync(join(root, '.wrangler', 'demo-'));
  const config = {
    name: 'drawbridge-demo',
    main: MAIN,
    compatibility_date: COMPATIBILITY_DATE,
    send_metrics: false,
    kv_namespaces: [{ binding: 'JWKS_CACHE' }],
    vars: { DRAWBRIDGE: configuration },
  };
  writeFileSync(join(folder, 'wrangler.json'), JSON.stringify(config, null, 2));
  writeFileSync(
    join(folder, '.dev.vars'),
    Object.entries(secrets)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(''),
  );
  return folder;
}

/** @param {string} folder @param {string} log @param {number} port */
function startKeeper(folder, log, port) {
  const options = {
    config: join(folder, 'wrangler.json'),
    'persist-to': join(folder, 'state'),
    ip: '127.0.0.1',
    port,
    'inspector-port': 0,
    'show-interactive-dev-session': false,
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const output = openSync(log, 'w');
  // Detached, since the demo handles Ctrl-C.
  const keeper = spawn(process.execPath, [KEEPER, folder, process.execPath, WRANGLER, 'dev', ...args], {
    cwd: folder,
    env: environment(folder),
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  return keeper;
}

/**
 * The environment in which wrangler asks, fetches, reports and writes nothing outside the folder, whatever the
 * shell has set.
 *
 * @param {string} folder
 */
function environment(folder) {
  const meddling = /^(CLOUDFLARE_|CF_|WRANGLER_|MINIFLARE_)|^(https?|all)_proxy$/i;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !meddling.test(name))),
    CI: '1',
    NO_COLOR: '1',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_REGISTRY_PATH: join(folder, 'registry'),
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_WRITE_LOGS: 'false',
  };
}

/**
 * Resolves when a request without a token is refused with `token_missing`.
 *
 * @param {string} url
 * @param {AbortSignal} signal
 * @param {(what: string) => void} fail
 */
async function untilReady(url, signal, fail) {
  for (
    const deadline = Date.now() + START_MS;
    !signal.aborted;
    await sleep(100, undefined, { signal }).catch(() => {})
  ) {
    const code = await refusalCode(url, signal);
    if (code === 'token_missing') return;
    if (code === 'misconfigured') {
      await sleep(500); // until its log has all the faults
      fail('the worker refuses its configuration');
    }
    if (Date.now() > deadline) fail(`the worker did not answer at ${url} within ${START_MS / 1000} s`);
  }
  throw signal.reason;
}

/** @param {string} url @param {AbortSignal} signal */
async function refusalCode(url, signal) {
  const ask = async (/** @type {AbortSignal} */ ending) => (await fetch(url, { signal: ending })).json();
  try {
    const { code } = /** @type {{ code?: string }} */ (await within(5_000, signal, ask));
    return code;
  } catch {
    return undefined;
  }
}

/**
 * Returns the end of a log, without the stacks of goroutines that esbuild prints when wrangler has left it.
 *
 * @param {string} text
 */
export function lastLines(text) {
  const [said] = stripVTControlCharacters(text).split(/^(?:fatal error: all goroutines are asleep|goroutine \d+ \[)/m);
  const lines = said.split('\n');
  return lines.filter(Boolean).slice(-SHOWN_LINES).join('\n') || '(nothing)';
}
