// Tokens that differ from a good one in one place: `{ kind, name, token, signer, target }`. `signer` is the
// library that signed it.
import { CompactSign } from 'jose';
import { compact } from '../../../sim/compact.mjs';
import { hostile, hostileNames } from '../../../sim/index.mjs';

export const KINDS = [
  'valid',
  'token byte',
  'payload byte',
  'header byte',
  'claim',
  'header',
  'key',
  'hostile',
  'other provider',
];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ODD_CHARACTERS = '=+/., ~!"\t%\x80\xe9\xff';
const ODD_BYTES = Buffer.from('{}[]",:\\ 0123456789.eE+-tfn\0\n\x7f\x80\xbf\xc3\xef\xff', 'latin1');
const json = (value) => JSON.stringify(value);

/** Signs with jose, or with Node's own crypto if jose would not write such a header. */
export async function sign(key, header, payload) {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  try {
    return { signer: 'jose', token: await new CompactSign(bytes).setProtectedHeader(header).sign(key.privateKey) };
  } catch {
    return { signer: 'node', token: compact(key, header, bytes) };
  }
}

/** Makes one token of a subject (see subject.mjs), mutated at random in the way of `kind`. */
export async function mutate(kind, subject, random) {
  const target = random.pick(subject.targets);
  const claims = subject.claims(target, random);
  const make = {
    valid,
    'token byte': tokenByte,
    'payload byte': payloadByte,
    'header byte': headerByte,
    claim,
    header,
    key: wrongKey,
    hostile: fromCatalogue,
  }[kind];
  return { kind, target, ...(await make(subject, claims, random)) };
}

async function valid({ key, header: own }, claims, random) {
  const shown = random.pick([
    own,
    { ...own, typ: 'JWT' },
    { ...own, typ: 'application/at+jwt' },
    { ...own, kid: undefined },
    { ...own, jku: 'https://keys.invalid/' },
  ]);
  return { name: `valid, header ${json(shown)}`, ...(await sign(key, shown, json(claims))) };
}

async function tokenByte({ key, header: own }, claims, random) {
  const { token, signer } = await sign(key, own, json(claims));
  const [text, name] = mutateText(token, random, random.below(4) === 0 ? ODD_CHARACTERS : ALPHABET);
  return { name, signer, token: text.trim() };
}

async function payloadByte({ key, header: own }, claims, random) {
  const [bytes, name] = mutateBytes(Buffer.from(json(claims)), random);
  return { name, ...(await sign(key, own, bytes)) };
}

async function headerByte({ key, header: own }, claims, random) {
  const [bytes, name] = mutateBytes(Buffer.from(json(own)), random);
  return { name, signer: 'node', token: compact(key, bytes, claims) };
}

function mutateText(text, random, pool) {
  const at = random.below(text.length);
  const found = text[at];
  const inserted = random.pick(pool);
  const [how, middle] = random.pick([
    ['removed', ''],
    ['doubled', found + found],
    ['replaced', inserted],
    ['preceded', inserted + found],
    ['other bit', ALPHABET[ALPHABET.indexOf(found) ^ (1 << random.below(6))] ?? inserted],
  ]);
  return [text.slice(0, at) + middle + text.slice(at + 1), `character ${at} of ${text.length} ${how}: ${json(middle)}`];
}

function mutateBytes(bytes, random) {
  const at = random.below(bytes.length);
  const found = bytes[at];
  const inserted = random.pick(ODD_BYTES);
  const [how, middle] = random.pick([
    ['removed', []],
    ['doubled', [found, found]],
    ['replaced', [inserted]],
    ['preceded', [inserted, found]],
    ['other bit', [found ^ (1 << random.below(8))]],
  ]);
  return [
    Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), bytes.subarray(at + 1)]),
    `byte ${at} of ${bytes.length} ${how}: ${middle}`,
  ];
}

async function claim({ key, header: own, optionalClaims }, claims, random) {
  const name = random.pick([...Object.keys(claims), 'nbf', 'iat', 'sub', 'events', ...optionalClaims]);
  const values = claimValues(name, claims[name]);
  const value = random.pick(values);
  return { name: `claim ${name}: ${json(value)}`, ...(await sign(key, own, json({ ...claims, [name]: value }))) };
}

/** Values near the good one and far from it. `undefined` removes the claim. */
function claimValues(name, value) {
  const now = Math.floor(Date.now() / 1000);
  const others = [
    undefined,
    undefined,
    null,
    true,
    0,
    -1,
    1.5,
    '',
    'x',
    'Zoë 100%\n',
    [],
    {},
    [value],
    [value, 'x'],
    ['x', value],
    [value, 1],
    [[value]],
    { [name]: value },
  ];
  // Far from every limit, so that a slow machine makes no difference.
  if (['exp', 'iat', 'nbf'].includes(name)) {
    return [
      ...others,
      ...[-3600, -30, 30, 3600].flatMap((offset) => [
        now + offset,
        now + offset + 0.5,
        String(now + offset),
        (now + offset) * 1000,
        -(now + offset),
      ]),
    ];
  }
  if (typeof value === 'string') {
    return [
      ...others,
      `${value}x`,
      `x${value}`,
      value.slice(0, -1),
      value.toUpperCase(),
      `${value} `,
      ` ${value}`,
      `${value}/`,
      `${value}\0`,
      `${value}?x=1`,
      `${value},x`,
      value.replace('http', 'HTTP'),
      value.replace('e', 'е'),
    ];
  }
  return others;
}

const HEADER_VALUES = {
  alg: [
    'none',
    'None',
    'HS256',
    'RS256',
    'rs256',
    'RS256 ',
    'RS384',
    'RS512',
    'PS256',
    'ES256',
    'EdDSA',
    'EDDSA',
    'Ed25519',
    'Ed448',
    '',
    null,
    1,
    ['RS256'],
    ['EdDSA'],
  ],
  kid: ['nobody', '', '../../key', null, 0, 1, true, [], {}],
  typ: ['JWT', 'jwt', 'at+jwt', 'application/JWT', 'logout+jwt', 'JOSE', '', null, 1, ['JWT']],
  cty: ['JWT', 1],
  crit: [[], ['b64'], ['exp'], ['x'], 'b64', null, false],
  b64: [true, false, 'true'],
  zip: ['DEF'],
  jku: ['https://keys.invalid/', 1],
  jwk: [{}, null],
  x5c: [['AA=='], 1],
  x5u: ['https://keys.invalid/'],
  exp: [1],
  x: [null, { x: [1] }],
};

async function header({ key, header: own, keyIds }, claims, random) {
  const name = random.pick([...Object.keys(HEADER_VALUES), 'alg', 'kid', 'typ']);
  const more = { kid: [own.kid, `${own.kid}x`, ...keyIds, [own.kid]].filter(Boolean), crit: [['b64']] }[name] ?? [];
  const value = random.pick([undefined, ...HEADER_VALUES[name], ...more]);
  // Verifiers read b64 and crit together.
  const withIt = name === 'crit' && JSON.stringify(value) === '["b64"]' ? { b64: true } : {};
  return {
    name: `header ${name}: ${json(value)}`,
    ...(await sign(key, { ...own, [name]: value, ...withIt }, json(claims))),
  };
}

async function wrongKey({ header: own, wrongKeys }, claims, random) {
  const key = random.pick(wrongKeys);
  const shown = random.pick([
    own,
    { ...own, kid: key.kid },
    { ...own, kid: undefined },
    { ...own, alg: key.alg },
    { alg: key.alg, kid: key.kid, jwk: key.jwk },
  ]);
  return { name: `key ${key.alg} ${key.kid}, header ${json(shown)}`, ...(await sign(key, shown, json(claims))) };
}

async function fromCatalogue(subject, claims, random) {
  const names = hostileNames(claims);
  return hostileToken(subject, claims, random.pick(names));
}

async function hostileToken({ key, header: own }, claims, name) {
  return { name, signer: 'jose', token: await hostile(name, key, claims, own) };
}

/**
 * Cases that must not depend on chance: every hostile token of the catalogue, and every reading in which JSON
 * parsers differ.
 */
export async function directed(subject, random) {
  const {
    key,
    header: own,
    targets: [target],
  } = subject;
  const claims = subject.claims(target, random);
  const payload = json(claims);
  const cases = await Promise.all(
    hostileNames(claims).map(async (name) => ({ kind: 'hostile', ...(await hostileToken(subject, claims, name)) })),
  );
  const add = async (kind, name, made) => cases.push({ kind, name, ...(await made) });
  for (const [name, change] of Object.entries(READINGS)) {
    await add('payload byte', name, sign(key, own, change(payload)));
    await add('header byte', name, { signer: 'node', token: compact(key, change(json(own)), payload) });
  }
  for (const [name, value] of subject.claimCases(claims)) {
    await add('claim', `claim ${name}: ${json(value)}`, sign(key, own, json({ ...claims, [name]: value })));
  }
  for (const name of ['kid', 'typ', 'crit']) {
    for (const value of HEADER_VALUES[name])
      await add('header', `header ${name}: ${json(value)}`, sign(key, { ...own, [name]: value }, payload));
  }
  const { token, signer } = await sign(key, own, payload);
  for (const character of ODD_CHARACTERS) {
    cases.push({
      kind: 'token byte',
      name: `${json(character)} in the signature`,
      signer,
      token: `${token.slice(0, -9)}${character}${token.slice(-9)}`,
    });
  }
  return cases.map((one) => ({ target, ...one }));
}

const member = (text) => (object) => object.replace('{', `{${text},`);
const READINGS = {
  'a member twice': (object) => object.replace('{', `{${object.slice(1, -1)},`),
  'a nested member twice': member('"x":{"y":1,"y":1}'),
  'a byte order mark': (object) => `\ufeff${object}`,
  'white space around': (object) => ` \n${object}\t`,
  'half a surrogate pair': member('"x":"\\ud800"'),
  'half a surrogate pair in a name': member('"\\udfff":1'),
  'a surrogate pair': member('"x":"\\ud83d\\ude00"'),
  'a number beyond all bounds': member('"x":1e999'),
  'a number with many digits': member(`"x":${'9'.repeat(100)}`),
  'a tiny number': member('"x":1e-999'),
  'sixteen levels': member(`"x":${'['.repeat(15)}${']'.repeat(15)}`),
  'seventeen levels': member(`"x":${'['.repeat(16)}${']'.repeat(16)}`),
  'an invalid byte': (object) =>
    Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from(`",${object.slice(1)}`)]),
  'an overlong byte sequence': (object) =>
    Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xc0, 0xaf]), Buffer.from(`",${object.slice(1)}`)]),
  'an object named __proto__': member('"__proto__":{"exp":1}'),
  'a trailing comma': (object) => object.replace(/}$/, ',}'),
  'a comment': (object) => `${object}//`,
  'two objects': (object) => object + object,
};
