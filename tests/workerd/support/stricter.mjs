// Where the worker intentionally refuses what another verifier accepts. Each entry says who accepts such a
// token, with which code the worker refuses it, what its detail says, and how to see the reason on the token
// itself, without the worker.
import { isUtf8 } from 'node:buffer';

const jose = ['jose'];
const official = ['official'];
const both = ['jose', 'official'];

/** A token as a lenient reader sees it. */
export function look(token) {
  const parts = token.split('.');
  return { token, parts, header: read(parts[0]), payload: read(parts[1]) };
}

function read(part = '') {
  const bytes = Buffer.from(part, 'base64url');
  const text = new TextDecoder().decode(bytes);
  const value = parse(text);
  return { bytes, text, value, members: value !== null && typeof value === 'object' ? value : {} };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const all = (value) =>
  value !== null && typeof value === 'object'
    ? [value, ...Object.entries(value).flatMap(([name, inner]) => [name, ...all(inner)])]
    : [value];
const depth = (value) =>
  value !== null && typeof value === 'object' ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
const namesIn = (text) => text.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/gs)?.length ?? 0;
const namesOf = (value) =>
  all(value)
    .filter((inner) => inner !== null && typeof inner === 'object' && !Array.isArray(inner))
    .reduce((sum, object) => sum + Object.keys(object).length, 0);
const isTexts = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');

const base64 = (reason, peers, isSo) => ({
  code: 'token_malformed',
  reason,
  peers,
  detail: /base64url/,
  fits: ({ parts }) => parts.some(isSo),
});
const canonical = (part) => Buffer.from(part, 'base64url').toString('base64url') === part;

/** What RFC 8259 leaves to the reader, for header and payload alike. */
const json = (code, part) =>
  [
    {
      reason: 'a member twice, at any depth',
      detail: /has a member twice/,
      isSo: ({ text, value }) => namesIn(text) > namesOf(value),
    },
    { reason: 'more than 16 levels', detail: /nested too deeply/, isSo: ({ value }) => depth(value) > 16 },
    {
      reason: 'bytes that are not UTF-8',
      peers: official,
      detail: /is not UTF-8/,
      isSo: ({ bytes }) => !isUtf8(bytes),
    },
    {
      reason: 'a byte order mark',
      detail: /is not valid JSON/,
      isSo: ({ bytes }) => bytes.subarray(0, 3).equals(Buffer.from('\ufeff')),
    },
    {
      reason: 'half a surrogate pair',
      detail: /is not valid JSON/,
      isSo: ({ value }) => all(value).some((inner) => typeof inner === 'string' && !inner.isWellFormed()),
    },
    {
      reason: 'a number beyond the range of a double',
      detail: /is not valid JSON/,
      isSo: ({ value }) => all(value).some((inner) => Math.abs(inner) === Infinity),
    },
  ].map(({ reason, peers = both, detail, isSo }) => ({
    code,
    reason: `${part}: ${reason}`,
    peers,
    detail,
    fits: (token) => isSo(token[part]),
  }));

const text = (name, peers) => ({
  code: 'claims_malformed',
  reason: `${name} that is not a string`,
  peers,
  detail: new RegExp(`claim (\\S+/)?${name} that is not a string`),
  fits: ({ payload }, claim = claimNamed(payload, name)) => claim !== undefined && typeof claim !== 'string',
});
const noClaim = (name) => new RegExp(`has no claim (\\S+/)?${name}\\.$`);
const empty = (name, peers) => ({
  code: 'claim_missing',
  reason: `${name} that is empty`,
  peers,
  detail: noClaim(name),
  fits: ({ payload }) => claimNamed(payload, name) === '',
});
const absent = (name, peers) => ({
  code: 'claim_missing',
  reason: `no ${name}`,
  peers,
  detail: noClaim(name),
  fits: ({ payload }) => claimNamed(payload, name) === undefined,
});
const has = (code, reason, peers, detail, isSo) => ({
  code,
  reason,
  peers,
  detail,
  fits: ({ payload, header }) => isSo(payload.members, header.members),
});

/** Returns a claim by its name, or by the last part of a name in the form of the Merchant Center. */
function claimNamed({ members }, name) {
  const own = `${members.iss}/claims/${name}`;
  return members[Object.hasOwn(members, own) ? own : name];
}

export const STRICTER = [
  base64('padding', both, (part) => part.includes('=')),
  base64('the alphabet of plain base64', official, (part) => /[+/]/.test(part)),
  base64('trailing bits that are not zero', both, (part) => /^[\w-]*$/.test(part) && !canonical(part)),
  base64('characters of no alphabet', official, (part) => /[^\w+/=-]/.test(part)),
  {
    code: 'credential_malformed',
    reason: 'white space, or bytes that are not ASCII, in the token',
    peers: both,
    detail: /must be sent as/,
    fits: ({ token }) => /[^!-~]/.test(token),
  },
  {
    code: 'credential_ambiguous',
    reason: 'a comma in the token',
    peers: official,
    detail: /More than one/,
    fits: ({ token }) => token.includes(','),
  },
  {
    code: 'token_too_large',
    reason: 'more than 16 KiB',
    peers: both,
    detail: /16384/,
    fits: ({ token }) => token.length > 16_384,
  },

  ...json('header_malformed', 'header'),
  has(
    'header_malformed',
    'a kid that is not a string',
    official,
    /kid that is not a string/,
    (_, { kid }) => kid !== undefined && typeof kid !== 'string',
  ),
  has(
    'header_malformed',
    'a typ that is not a string',
    both,
    /typ that is not a string/,
    (_, { typ }) => typ !== undefined && typeof typ !== 'string',
  ),
  has(
    'header_malformed',
    'a typ that the provider does not list',
    jose,
    /typ that is not accepted/,
    (_, { typ = '' }) => !/^((application\/)?(at\+)?jwt)?$/i.test(typ),
  ),
  has(
    'header_critical',
    'crit, even for b64, which both know',
    both,
    /has a crit member/,
    (_, { crit }) => crit?.[0] === 'b64',
  ),

  ...json('claims_malformed', 'payload'),
  text('sub', both),
  text('project_key', both),
  text('userId', jose),
  text('tenantId', jose),
  text('tenantSlug', jose),
  has(
    'claims_malformed',
    'an iss that is not a string, where none is expected',
    jose,
    /iss that is not a string/,
    ({ iss }) => iss !== undefined && typeof iss !== 'string',
  ),
  has(
    'claims_malformed',
    'an aud with anything but strings, or none of them',
    both,
    /claim aud that is not/,
    ({ aud }) => aud !== undefined && typeof aud !== 'string' && !(isTexts(aud) && aud.length > 0),
  ),
  {
    code: 'claims_malformed',
    reason: 'permissions or scopes that are no strings',
    peers: both,
    detail: /array of strings|scope that is not a string|scp that is not a string/,
    fits: ({ payload }) =>
      ['user_permissions', 'scope', 'scp'].some(
        (name) => claimNamed(payload, name) !== undefined && !isTexts(claimNamed(payload, name)),
      ),
  },

  absent('exp', official),
  absent('sub', official),
  absent('project_key', official),
  absent('type', official),
  empty('sub', both),
  empty('project_key', both),
  empty('type', both),
  empty('userId', jose),
  empty('tenantId', jose),
  has(
    'claim_mismatch',
    'a type that is not exchange',
    both,
    /claim type/,
    ({ type }) => typeof type === 'string' && type !== '' && type !== 'exchange',
  ),
  text('type', both),
  has('claim_mismatch', 'events, as in a logout token', both, /claim events/, ({ events }) => events !== undefined),
  has(
    'claim_mismatch',
    'another value than required_claims demands',
    jose,
    /claim verified/,
    ({ verified }) => verified !== undefined && verified !== true,
  ),
  has(
    'token_not_yet_valid',
    'issued in the future',
    both,
    /nbf|iat|valid|future/,
    ({ iat }) => iat > Date.now() / 1000 + 60,
  ),
];

/** Returns the entries that explain why the worker refused what `peer` accepted. */
export function reasonsFor(peer, token, { code, detail }) {
  const seen = look(token);
  return STRICTER.filter(
    (entry) => entry.peers.includes(peer) && entry.code === code && entry.detail.test(detail) && entry.fits(seen),
  );
}
