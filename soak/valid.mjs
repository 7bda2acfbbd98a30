// Valid traffic. A request is `{ kind, perform(line) }`; `perform` sends it by `line.ask(bytes)` and resolves
// to a verdict (see judge.mjs).
import { createHash } from 'node:crypto';
import { fieldsOf } from '../testing/attacks/configuration.mjs';
import { judgeValid } from './judge.mjs';
import { mark } from './mark.mjs';
import { PATH } from './signing.mjs';

const SIZES = [100, 5_000, 70_000];
const FILLING = 'x'.repeat(Math.max(...SIZES));

/** @type {[keyof typeof NAMES, 'once' | 'repeated', 'GET' | 'POST'][]} */
const ROWS = [
  ['mc', 'once', 'GET'],
  ['jtl', 'once', 'GET'],
  ['mc', 'repeated', 'GET'],
  ['login', 'repeated', 'POST'],
  ['mc', 'once', 'POST'],
  ['jtl', 'repeated', 'POST'],
  ['login', 'once', 'GET'],
  ['mc', 'repeated', 'POST'],
];
const NAMES = { mc: 'Merchant Center, RS256', jtl: 'JTL session, EdDSA', login: 'OpenID Connect, RS256' };
const nameOf = ([kind, use, method]) =>
  `${NAMES[kind]}, token used ${use === 'once' ? 'once' : 'again and again'}, ${method}`;

/** The names of all kinds. */
export const VALID = ROWS.map(nameOf);

/** Makes one request of each kind in turn. */
export function validTraffic(signing, host) {
  let turn = 0;
  return async () => {
    turn += 1;
    const row = ROWS[turn % ROWS.length];
    const round = Math.floor(turn / ROWS.length);
    const [kind, use, method] = row;
    const credential = use === 'once' ? await signing.once(kind) : signing.repeated(kind, round);
    return validRequest({
      name: nameOf(row),
      host,
      credential,
      method,
      size: SIZES[round % SIZES.length],
      chunked: round % 2 === 1,
    });
  };
}

/**
 * Makes one valid request. Every body is different.
 *
 * @param {{
 *   name?: string,
 *   host: string,
 *   credential: import('./signing.mjs').Credential,
 *   method?: string,
 *   size?: number,
 *   chunked?: boolean,
 * }} request
 */
export function validRequest({
  name,
  host,
  credential: { kind, token, identity },
  method = 'GET',
  size = 0,
  chunked = false,
}) {
  const text = mark('valid');
  const body = method === 'GET' ? '' : (text + FILLING).slice(0, size);
  const framing = method === 'GET' ? [] : [chunked ? ['transfer-encoding', 'chunked'] : ['content-length', size]];
  const head = headOf(method, `${PATH}?${text}`, [['host', host], ...fieldsOf({ [kind]: token }), ...framing]);
  const expected = {
    mark: text,
    method,
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    identity,
  };
  const bytes = Buffer.from(head + (chunked && method !== 'GET' ? inChunks(body) : body), 'latin1');
  return { kind: name, perform: async (line) => judgeValid(await line.ask(bytes), expected) };
}

/** Writes the head of a request. */
export const headOf = (method, target, fields) =>
  `${method} ${target} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

function inChunks(body) {
  const half = body.length >> 1;
  const chunk = (part) => `${part.length.toString(16)}\r\n${part}\r\n`;
  return `${chunk(body.slice(0, half))}${chunk(body.slice(half))}0\r\n\r\n`;
}
