// What can go wrong at an identity provider's endpoints, and how often each of them is fetched.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { pause, stream, untilClosed } from './answer.mjs';

/**
 * The modes, with their parameters and defaults. Every mode also takes `times`: after that many requests the
 * endpoint is `ok` again.
 */
export const MODES = {
  ok: {},
  down: {}, // the connection is destroyed
  status: { status: 503, headers: {} },
  'slow-header': { ms: 2000 },
  'slow-body': { ms: 2000 }, // half of the body, a pause, the rest
  'cut-body': {}, // half of the body, then the connection is destroyed
  'endless-body': {},
  garbage: {}, // 200 and no JSON
  html: {}, // 200 and a web page
  redirect: { status: 302, location: '' }, // by default to the same endpoint, which then answers
  huge: { bytes: 8 << 20, chunked: false }, // the right answer, padded with white space
  'empty-set': {},
  'many-keys': { count: 100 }, // so many others in front of the right ones
  'malformed-sibling': {}, // a broken key in front of the right ones
};

/** The endpoints of one simulated party. It answers their requests with the faults that are set, and counts. */
export class Endpoints {
  #faults = {};
  #counters = {};

  constructor(names) {
    this.names = names;
    this.clear();
    this.reset();
  }

  /** Sets what an endpoint does from now on: a mode, or `{ mode, times?, …parameters }`. */
  set(name, fault) {
    if (!this.names.includes(name)) throw new Error(`no endpoint ${name}; there are: ${this.names.join(', ')}`);
    const { mode, times, ...given } = typeof fault === 'string' ? { mode: fault } : fault;
    if (!Object.hasOwn(MODES, mode))
      throw new Error(`no fault mode ${mode}; there are: ${Object.keys(MODES).join(', ')}`);
    if (times !== undefined && !(Number.isInteger(times) && times > 0))
      throw new Error('times must be a positive integer');
    const unknown = Object.keys(given).filter((key) => !Object.hasOwn(MODES[mode], key));
    if (unknown.length > 0) throw new Error(`${mode} takes no ${unknown.join(', ')}`);
    this.#faults[name] = { mode, ...(times !== undefined && { times }), ...MODES[mode], ...given };
  }

  /** The fault of each endpoint. */
  get faults() {
    return structuredClone(this.#faults);
  }

  /** Makes every endpoint work again. */
  clear() {
    for (const name of this.names) this.set(name, 'ok');
  }

  /**
   * Per endpoint: `fetches` of any kind, the `conditional` ones among them, `notModified` answers, `followed`
   * redirects.
   */
  get counters() {
    return structuredClone(this.#counters);
  }

  /** Sets the counters to zero. */
  reset() {
    for (const name of this.names) this.#counters[name] = { fetches: 0, conditional: 0, notModified: 0, followed: 0 };
  }

  /** Lets a request to the endpoint `name` through to `next()`, unless the fault that is set answers it. */
  async pass(name, req, res, url, next) {
    const counter = this.#counters[name];
    const followed = url.searchParams.has('followed');
    counter.fetches += 1;
    if (followed) counter.followed += 1;
    if (req.headers['if-none-match'] !== undefined) counter.conditional += 1;

    const fault = followed ? { mode: 'ok' } : this.#take(name);
    if (INSTEAD[fault.mode]) return INSTEAD[fault.mode](res, fault, url);
    if (fault.mode === 'slow-header' && !(await pause(fault.ms, untilClosed(res)))) return undefined;
    return next(fault);
  }

  /**
   * Answers a request to the endpoint `name`. `respond()` returns the right answer: `{ status?, headers?, json,
   * etag? }`. With `etag`, conditional requests are answered, too.
   */
  answer(name, req, res, url, respond) {
    return this.pass(name, req, res, url, async (fault) => this.#reply(name, req, res, await respond(), fault));
  }

  /**
   * The parts of the controls: `faults` (`{"<endpoint>": mode or {mode, …}}`) and `counters`, which any POST
   * resets.
   */
  get controls() {
    return {
      faults: {
        read: () => this.#faults,
        change: (body) => {
          for (const [name, fault] of Object.entries(body)) this.set(name, fault);
          return this.#faults;
        },
      },
      counters: {
        read: () => this.counters,
        change: () => {
          this.reset();
          return this.counters;
        },
      },
    };
  }

  #reply(name, req, res, { status = 200, headers = {}, json, etag = false }, fault) {
    const body = Buffer.from(JSON.stringify(status === 200 ? altered(json, fault) : json));
    /** @type {Record<string, string>} */
    const all = { 'content-type': 'application/json', ...headers };
    if (etag && status === 200) {
      all.etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      if (req.headers['if-none-match'] === all.etag) {
        this.#counters[name].notModified += 1;
        return res.writeHead(304, { etag: all.etag }).end();
      }
    }
    return send(res, status, all, body, fault);
  }

  #take(name) {
    const fault = this.#faults[name];
    if (fault.times === 1) this.#faults[name] = { mode: 'ok' };
    else if (fault.times) this.#faults[name] = { ...fault, times: fault.times - 1 };
    return fault;
  }
}

/** The faults that replace the right answer. */
const INSTEAD = {
  down: (res) => res.destroy(),
  status: (res, { status, headers }) => sendText(res, status, 'text/plain', `${status}\n`, headers),
  garbage: (res) => sendText(res, 200, 'application/json', '{"keys":[{"kty":\u0000]]'),
  html: (res) => sendText(res, 200, 'text/html', '<!doctype html><title>Sign in</title>'),
  redirect: (res, { status, location }, url) =>
    sendText(res, status, 'text/plain', '', { location: location || `${url.pathname}?followed` }),
  'endless-body': (res) => {
    res.writeHead(200, { 'content-type': 'application/json' });
    return stream(res, endlessText(untilClosed(res)));
  },
};

function sendText(res, status, type, text, headers = {}) {
  res.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

/** Sends the right answer in the way of the fault. */
async function send(res, status, headers, body, fault) {
  if (fault.mode === 'huge') {
    const length = Math.max(fault.bytes, body.length);
    res.writeHead(status, fault.chunked ? headers : { ...headers, 'content-length': length });
    return stream(res, paddedText(body, length));
  }
  res.writeHead(status, { ...headers, 'content-length': body.length });
  const half = body.length >> 1;
  if (fault.mode === 'cut-body') return res.write(body.subarray(0, half), () => res.destroy());
  if (fault.mode !== 'slow-body') return res.end(body);
  res.write(body.subarray(0, half));
  return (await pause(fault.ms, untilClosed(res))) && res.end(body.subarray(half));
}

async function* endlessText(signal) {
  const spaces = Buffer.alloc(16 << 10, ' ');
  yield '{"keys":[';
  while (await pause(1, signal)) yield spaces;
}

function* paddedText(body, length) {
  const spaces = Buffer.alloc(64 << 10, ' ');
  for (let left = length - body.length; left > 0; left -= spaces.length)
    yield spaces.subarray(0, Math.min(left, spaces.length));
  yield body;
}

function altered(json, { mode, count }) {
  if (!json.keys) return json;
  if (mode === 'empty-set') return { ...json, keys: [] };
  if (mode === 'many-keys') return { ...json, keys: [...strangers(count, json.keys.at(-1)), ...json.keys] };
  if (mode === 'malformed-sibling') return { ...json, keys: [broken(json.keys.at(-1)), ...json.keys] };
  return json;
}

/** Makes keys like `model`, whose private halves nobody holds. */
function strangers(count, { kty, alg }) {
  return Array.from({ length: count }, (_, index) => ({
    kty,
    alg,
    use: 'sig',
    kid: `stranger-${index}`,
    ...stranger(kty),
  }));
}

function stranger(kty) {
  if (kty === 'OKP') return { crv: 'Ed25519', x: generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x };
  const modulus = randomBytes(256);
  modulus[0] |= 0x80;
  modulus[255] |= 1;
  return { n: modulus.toString('base64url'), e: 'AQAB' };
}

function broken({ kty, alg }) {
  const rest = kty === 'OKP' ? { crv: 'Ed25519', x: 'not base64url!' } : { n: 'not base64url!', e: 'AQAB' };
  return { kty, alg, use: 'sig', kid: 'malformed', ...rest };
}
