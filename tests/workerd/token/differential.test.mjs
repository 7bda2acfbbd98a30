// Thousands of tokens, judged by the worker, by jose and by commercetools' own verifier.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { send } from '../../../testing/exchange.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { directed, KINDS, mutate, sign } from '../support/mutation.mjs';
import { Random } from '../support/random.mjs';
import { look, reasonsFor, STRICTER } from '../support/stricter.mjs';
import { FORWARDED, identityOf, oidcProviders, officialVerifier, SKEW, subjects, tidy } from '../support/subject.mjs';

const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 20_261);
const AT_RANDOM = { mc: 900, 'mc-regions': 250, jtl: 500, rs: 350, ed: 350, 'shared-rs': 250, 'shared-ed': 250 };
const AT_ONCE = 32;

const oidc = await oidcProviders();
const all = await startAll({
  simulation: { gateway: { settings: { tokenLifetime: 600 } } },
  change: ({ providers: [first, jtl], ...rest }) => ({
    ...rest,
    clock_skew_seconds: SKEW,
    providers: [
      { ...first, regions: first.regions.slice(0, 1) },
      jtl,
      { ...first, name: 'mc-regions', header: 'x-regions' },
      ...oidc.map(({ settings }) => settings),
    ],
  }),
});
after(all.close);
// A second published key, so that a token without kid may be signed by either.
await all.jtl.sessionKeys.rotate({ mode: 'announce' });
await all.gateway.regions['aws-us'].keys.rotate({ mode: 'announce' });
const everyone = await subjects(all, oidc);

/**
 * Where the worker intentionally accepts what commercetools' verifier refuses, and the verifier's reason. Each
 * case is shown below.
 */
const MORE_LENIENT = {
  'expired within the clock skew': { code: 'ERR_JWT_EXPIRED exp', fits: ({ exp }, { at }) => isWithinSkew(exp, at) },
  'not yet valid within the clock skew': {
    code: 'ERR_JWT_CLAIM_VALIDATION_FAILED nbf',
    fits: ({ nbf }, { at }) => isWithinSkew(nbf, at),
  },
  'the second form of the root audience': {
    code: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud',
    fits: ({ aud }, { target }) =>
      /^\/(\?|$)/.test(target) && [aud].flat().some((value) => [all.worker.url, `${all.worker.url}/`].includes(value)),
  },
};
const isWithinSkew = (seconds, at) => Math.abs(seconds - at / 1000) < SKEW;

async function askWorker({ fields, token, target }) {
  const { status, body } = await send(all.worker.url, target, { headers: fields(token) });
  const answer = JSON.parse(body.toString());
  return status === 200
    ? { accepted: true, identity: identityOf(answer.headers) }
    : { accepted: false, status, code: answer.code, detail: answer.detail };
}

/** @param {(...asked: any) => Promise<object>} verify @param {{ token?: string, target?: string }} [one] */
async function askPeer(verify, { token, target } = {}) {
  try {
    return { accepted: true, identity: tidy(await verify(token, target)) };
  } catch (error) {
    return {
      accepted: false,
      code: [error.code ?? error.errors?.[0].code ?? error.message, error.claim].filter(Boolean).join(' '),
    };
  }
}

async function judge(one) {
  const {
    subject: { peers, fields },
  } = one;
  const verdicts = await Promise.all(Object.values(peers).map((verify) => askPeer(verify, one)));
  return {
    ...one,
    at: Date.now(),
    worker: await askWorker({ ...one, fields }),
    peers: Object.fromEntries(Object.keys(peers).map((name, index) => [name, verdicts[index]])),
  };
}

async function inParallel(items, ask) {
  const waiting = items.entries();
  const results = [];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, item] of waiting) results[index] = await ask(item);
    }),
  );
  return results;
}

async function tokensOf(subject, random) {
  const made = await directed(subject, random);
  const kinds = KINDS.filter((kind) => kind !== 'other provider');
  for (let left = AT_RANDOM[subject.name]; left > 0; left -= 1)
    made.push(await mutate(kinds[left % kinds.length], subject, random));
  return made.map((one) => ({ subject, ...one }));
}

async function tokensForOthers(random) {
  const made = await Promise.all(
    everyone.map(async ({ name, key, header, claims, targets: [target] }) => {
      const token = await sign(key, header, JSON.stringify(claims(target, random)));
      return { kind: 'other provider', name: `of ${name}`, target, ...token };
    }),
  );
  return everyone.flatMap((subject) => made.map((one) => ({ subject, ...one })));
}

const started = Date.now();
const random = new Random(SEED);
const judged = [];
// Made right before they are judged, since they contain times.
for (const subject of everyone) judged.push(...(await inParallel(await tokensOf(subject, random), judge)));
judged.push(...(await inParallel(await tokensForOthers(random), judge)));
const arrived = all.backend.counters.requests;
const took = Date.now() - started;
const show = ({ subject, kind, name, target, token, worker, peers }) =>
  JSON.stringify({ subject: subject.name, kind, name, target, token, worker, peers });
const disagreements = judged.flatMap((one) =>
  Object.entries(one.peers)
    .filter(([, { accepted }]) => accepted !== one.worker.accepted)
    .map(([peer]) => ({ ...one, peer })),
);
const count = (list, fits) => list.filter(fits).length;

describe('the worker and its peers', () => {
  it('judge more than 2,000 tokens that jose has signed', (t) => {
    const accepted = count(judged, ({ worker }) => worker.accepted);
    t.diagnostic(
      `seed ${SEED}: ${judged.length} tokens, ${accepted} accepted, ${disagreements.length} disagreements, ${took} ms`,
    );
    assert.ok(count(judged, ({ signer }) => signer === 'jose') >= 2000);
    for (const kind of KINDS) assert.ok(count(judged, (one) => one.kind === kind) > 30, kind);
    for (const subject of everyone)
      assert.ok(count(judged, (one) => one.subject === subject && one.worker.accepted) > 50, subject.name);
    assert.ok(judged.length - accepted > 1000);
    assert.ok(judged.every(({ worker }) => worker.accepted || (worker.status < 500 && worker.code)));
    assert.equal(arrived, accepted);
  });

  it('agree on who the caller is', () => {
    for (const one of judged.filter(({ worker }) => worker.accepted)) {
      for (const peer of Object.values(one.peers).filter(({ accepted }) => accepted))
        assert.deepEqual(one.worker.identity, peer.identity, show(one));
    }
  });

  it('never disagree so that the worker accepts, but for what is shown below', () => {
    const seen = new Set();
    for (const one of disagreements.filter(({ worker }) => worker.accepted)) {
      const reasons = Object.entries(MORE_LENIENT).filter(
        ([, { code, fits }]) =>
          one.peer === 'official' && one.peers.official.code === code && fits(look(one.token).payload.members, one),
      );
      assert.notEqual(reasons.length, 0, `${one.peer} refuses: ${show(one)}`);
      for (const [reason] of reasons) seen.add(reason);
    }
    assert.deepEqual([...seen].sort(), Object.keys(MORE_LENIENT).sort());
  });

  it('disagree so that the worker refuses for listed reasons only, and for each of them', (t) => {
    const seen = new Map(
      STRICTER.flatMap(({ code, reason, peers }) => peers.map((peer) => [`${peer}: ${code}: ${reason}`, 0])),
    );
    const unlisted = [];
    for (const one of disagreements.filter(({ worker }) => !worker.accepted)) {
      const reasons = reasonsFor(one.peer, one.token, one.worker);
      if (reasons.length === 0) unlisted.push(`${one.peer} accepts: ${show(one)}`);
      for (const { code, reason } of reasons)
        seen.set(`${one.peer}: ${code}: ${reason}`, seen.get(`${one.peer}: ${code}: ${reason}`) + 1);
    }
    for (const [entry, times] of seen) t.diagnostic(`${times} × ${entry}`);
    assert.deepEqual(unlisted, []);
    assert.deepEqual(
      [...seen].filter(([, times]) => times === 0).map(([entry]) => entry),
      [],
    );
  });
});

describe('the worker accepts, and commercetools’ verifier refuses', () => {
  const { region, worker } = all;
  const now = Math.floor(Date.now() / 1000);
  const audience = `${worker.url}/orders`;

  /** Returns what both make of a token: who the caller is, or why not. */
  async function verdicts(
    token,
    { target = '/orders', headers = FORWARDED, from = region, field = 'authorization', scheme = 'Bearer ' } = {},
  ) {
    const verify = officialVerifier({ audience: worker.url, issuer: from.url });
    const official = await askPeer(() => verify({ token, target, headers, scheme }));
    const ours = await askWorker({
      fields: () => ({ [field]: (field === 'authorization' ? scheme : '') + token, ...headers }),
      token,
      target,
    });
    return [ours.identity?.user ?? ours.code, official.identity?.userId ?? official.code];
  }
  const shows = (name, test) =>
    it(name, async () => {
      for (const [expected, token, how] of await test())
        assert.deepEqual(await verdicts(await token, how), expected, JSON.stringify(how));
    });

  shows('a token that has expired within the clock skew', () => [
    [['user-1', 'ERR_JWT_EXPIRED exp'], region.token({ audience, claims: { exp: now - 30 } })],
    [['token_expired', 'ERR_JWT_EXPIRED exp'], region.token({ audience, claims: { exp: now - 2 * SKEW } })],
  ]);

  shows('a token that is not yet valid within the clock skew', () => [
    [['user-1', 'ERR_JWT_CLAIM_VALIDATION_FAILED nbf'], region.token({ audience, claims: { nbf: now + 30 } })],
    [
      ['token_not_yet_valid', 'ERR_JWT_CLAIM_VALIDATION_FAILED nbf'],
      region.token({ audience, claims: { nbf: now + 10 * SKEW } }),
    ],
  ]);

  shows('the second form of the audience of the root', () => {
    const [bare, slash] = [worker.url, `${worker.url}/`].map((root) => region.token({ audience: root }));
    const refused = 'ERR_JWT_CLAIM_VALIDATION_FAILED aud';
    return [
      [['user-1', 'user-1'], bare, { target: '/' }],
      [['user-1', refused], slash, { target: '/' }],
      [['user-1', refused], bare, { target: '/?page=2' }],
      [['user-1', 'user-1'], slash, { target: '/?page=2' }],
      [['audience_mismatch', refused], bare, { target: '/orders' }],
    ];
  });

  shows('a request without the X-MC-API-* headers', () => {
    const token = region.token({ audience });
    const [[identifier], [version]] = Object.entries(FORWARDED);
    return [
      [['user-1', 'user-1'], token],
      [['user-1', 'Missing "X-MC-API-Cloud-Identifier" header.'], token, { headers: { [version]: 'v2' } }],
      [['user-1', 'Missing "X-MC-API-Forward-To-Version" header.'], token, { headers: { [identifier]: 'gcp-eu' } }],
    ];
  });

  shows('tokens of several regions at once', () => {
    const [first, second] = Object.values(all.gateway.regions);
    const ofFirst = first.token({ audience });
    const ofSecond = second.token({ audience });
    return [
      [['user-1', 'user-1'], ofFirst, { field: 'x-regions' }],
      [['user-1', 'ERR_JWKS_NO_MATCHING_KEY'], ofSecond, { field: 'x-regions' }],
      [['user-1', 'user-1'], ofSecond, { field: 'x-regions', from: second }],
      [['key_unknown', 'ERR_JWKS_NO_MATCHING_KEY'], ofSecond],
      // Only the issuer's own keys verify its tokens.
      [
        ['key_unknown', 'ERR_JWKS_NO_MATCHING_KEY'],
        second.token({ audience, claims: { iss: first.url } }),
        { field: 'x-regions' },
      ],
    ];
  });

  shows('a token without kid while its issuer publishes two keys', async () => {
    const second = all.gateway.regions['aws-us'];
    return [
      [
        ['user-1', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS'],
        second.token({ audience, header: { kid: null } }),
        { field: 'x-regions', from: second },
      ],
      [['user-1', 'user-1'], second.token({ audience }), { field: 'x-regions', from: second }],
    ];
  });

  shows('the scheme in another case, or with more spaces', () => {
    const token = region.token({ audience });
    return [
      [['user-1', 'ERR_JWS_INVALID'], token, { scheme: 'bearer ' }],
      [['user-1', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'], token, { scheme: 'Bearer  ' }],
    ];
  });
});
