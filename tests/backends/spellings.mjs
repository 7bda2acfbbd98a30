// Generated spellings of paths: what callers write so that rules and backends read it in different ways.
import { Random } from '../workerd/support/random.mjs';
import { PLAIN } from './handlers.mjs';

/** Letters that become an ASCII letter when case is folded or compatibility characters are replaced. */
const LOOKALIKES = { s: ['\u017f'], k: ['\u212a'] };
const wide = (/** @type {string} */ c) => String.fromCodePoint(c.codePointAt(0) + 0xfee0);
const utf8 = (/** @type {string} */ text) => [...Buffer.from(text)].map((byte) => hex(byte)).join('');
const hex = (/** @type {number} */ byte) => `%${byte.toString(16).padStart(2, '0')}`;
const isLetter = (/** @type {string} */ c) => /^[a-z]$/i.test(c);

/** @param {Random} random @param {string} path @param {(c: string) => string} change */
function letters(random, path, change) {
  // One letter, some of them or all.
  const share = random.pick([0, 2, 1]);
  const places = [...path].flatMap((c, at) => (isLetter(c) ? [at] : []));
  if (places.length === 0) return path;
  const one = random.pick(places);
  return [...path]
    .map((c, at) => (isLetter(c) && (share === 0 ? at === one : random.below(share) === 0) ? change(c) : c))
    .join('');
}

/** @param {Random} random @param {string} path @param {string[]} slashes */
function slash(random, path, slashes) {
  const places = [...path].flatMap((c, at) => (c === '/' ? [at] : []));
  if (places.length === 0) return path;
  const at = random.pick(places);
  return path.slice(0, at) + random.pick(slashes) + path.slice(at + 1);
}

const SLASHES = ['//', '///', '\\', '%2f', '%2F', '%5c', '%5C', '/\\', '/%2f', '%2f/', '%252f'];
const DOTS = ['/./', '/%2e/', '/x/../', '/x/%2e%2e/', '/x/.%2E/', '/x/..;/', '/..;/', '/;/', '/;a=b/', '/x%2f../'];
const ENDS = [
  ['/', '//', '/.', '/./', '/..', '/x/..', '/%2e', '/%2e%2e', '%2f', '\\', '%5c'],
  ['.', '..', '%2e', '%20', '%09', '%0a', '%0d%0a', '%00', '%00.css', '+', '%a0', '%c2%a0'],
  [';', ';x', ';x=1', '%3b', '%3bx', '.json', '.data', '.html', '.css', '~', ':x', ',x', '*', '%', '%2', '%zz'],
  ['?', '?x=/admin', '?_method=DELETE', '%3f', '%3fx', '%23', '%23x', '/index', '/x', '&x', '@', '.php/admin'],
].flat();
const HOSTS = ['//evil.example', '//admin', '/\\evil.example', '///', 'http://evil.example', 'http://shop.example'];
const OPEN = ['/public', '/public/a', '/login', '/orders/status', '/reports', '/api', '/files'];
const WAYS = ['/..', '/%2e%2e', '/.%2e', '/..;', '%2f..', '%2f%2e%2e', '\\..', '%5c..', '//..', '/x/../..', ';/..', ''];

/** @type {(random: Random, path: string) => string} */
const inOtherCase = (random, path) =>
  letters(random, path, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));

/** @type {((random: Random, path: string) => string)[]} */
const CHANGES = [
  // Most backends that differ from the rules differ in case.
  ...Array.from({ length: 8 }, () => inOtherCase),
  (_, path) => `${path}/`,
  (random, path) => letters(random, path, (c) => hex(c.charCodeAt(0))),
  (random, path) => letters(random, path, (c) => hex(c.toUpperCase().charCodeAt(0)).toUpperCase()),
  (random, path) => letters(random, path, (c) => `%25${hex(c.charCodeAt(0)).slice(1)}`),
  (random, path) => letters(random, path, (c) => utf8(random.pick(LOOKALIKES[c.toLowerCase()] ?? [c.toUpperCase()]))),
  // Without the percent signs: the bytes themselves.
  (random, path) =>
    letters(random, path, (c) => Buffer.from(random.pick(LOOKALIKES[c.toLowerCase()] ?? [c])).toString('latin1')),
  (random, path) => letters(random, path, (c) => utf8(wide(c))),
  (random, path) => slash(random, path, SLASHES),
  (random, path) => slash(random, path, DOTS),
  (random, path) => path + random.pick(ENDS),
  (random, path) => random.pick(HOSTS) + path,
  (random, path) => random.pick(OPEN) + random.pick(WAYS) + path,
  (random, path) => random.pick(OPEN) + random.pick(WAYS) + random.pick(WAYS) + path,
  (random, path) => path.replace(/[^/]*$/, (last) => last + random.pick(ENDS) + random.pick(['', '/', last])),
];

/**
 * Returns that many different spellings of plain paths, always the same for a seed: `{ path, handler }`, with the
 * handler of the plain path. Each character is a byte.
 *
 * @param {number} seed
 * @param {number} count
 */
export function spellingsOf(seed, count) {
  const random = new Random(seed);
  const plain = Object.entries(PLAIN);
  const found = new Map();
  while (found.size < count) {
    const [handler, start] = random.pick(plain);
    let path = start;
    for (let left = random.pick([1, 1, 2, 3]); left > 0; left -= 1) path = random.pick(CHANGES)(random, path);
    // A space or a line break would end the request line.
    if (!/[\s\0]/.test(path.replaceAll('\u00a0', '')) && !Object.values(PLAIN).includes(path))
      found.set(path, { path, handler });
  }
  return [...found.values()];
}
