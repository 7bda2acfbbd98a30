// A token that is not as it must be is refused. The refusal says why, and nothing reaches a backend.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { compact } from '../../../sim/compact.mjs';
import { HOSTILE, hostileNames } from '../../../sim/index.mjs';
import { startAll } from '../../../testing/start-all.mjs';
import { bearer, inSession } from '../support/credentials.mjs';
import {
  letsAGoodOneThrough,
  loggedNoToken,
  MARKED_QUERY,
  MARKED_USER,
  ownPath,
  refused,
} from '../support/refusal.mjs';

const provider =
  (wanted) =>
  ({ providers, ...rest }) => ({ ...rest, providers: providers.filter(({ name }) => name === wanted) });
const settings = { userId: MARKED_USER };
const simulation = { gateway: { settings }, jtl: { settings } };
const mc = await startAll({
  change: provider('mc'),
  simulation: { ...simulation, gateway: { regions: ['gcp-eu'], settings } },
});
const jtl = await startAll({ change: provider('jtl'), simulation });
const both = await startAll({ simulation });
after(() => Promise.all([mc, jtl, both].map(({ close }) => close())));

const mcToken = (all, path, changes) => all.region.token({ audience: all.worker.url + path, ...changes });
const inAuthorization = (token) => ({ headers: bearer(token) });
const inSessionId = (token) => ({ headers: inSession(token) });
const MC = { provider: 'mc', error: 'invalid_token' };
const JTL = { provider: 'jtl', error: 'Failed to verify session token' };
const NOBODY = { error: 'invalid_token' };

it('every attack that has a name is among the hostile tokens', () => {
  const named = [
    'expired',
    'not-yet-valid',
    'issued-in-the-future',
    'wrong-audience',
    'wrong-issuer',
    'tampered-payload',
    'tampered-header',
    'tampered-signature',
    'alg-none',
    'unsigned',
    'no-signature',
    'hmac-with-pem',
    'hmac-with-jwk-text',
    'hmac-with-jwk-bytes',
    'other-algorithm',
    'critical',
    'duplicated-alg',
    'duplicated-claim',
    'duplicated-nested-member',
    'embedded-jwk',
    'key-url',
    'padded-base64',
    'trailing-bits',
    'no-expiry',
    'expiry-as-text',
    'wrong-type',
    'too-large',
    'unknown-kid',
  ];
  assert.deepEqual(
    named.filter((name) => !Object.hasOwn(HOSTILE, name)),
    [],
  );
});

describe('a Merchant Center token', () => {
  const { region } = mc;
  const row = (name, code, make) =>
    it(`${name}: ${code}`, async () => {
      const path = ownPath();
      await refused(mc, `${path}?x=${MARKED_QUERY}`, inAuthorization(await make(path)), { code, ...MC });
    });
  const claimed = (name, code, claims) =>
    row(name, code, (path) => mcToken(mc, path, { claims: typeof claims === 'function' ? claims(path) : claims }));
  const PROJECT = `${region.url}/claims/project_key`;

  for (const name of hostileNames(region.claims({ audience: '' })))
    row(name, HOSTILE[name].code, (path) => mcToken(mc, path, { hostile: name }));

  claimed('no subject', 'claim_missing', { sub: null });
  claimed('an empty subject', 'claim_missing', { sub: '' });
  claimed('no audience', 'claim_missing', { aud: null });
  claimed('no issuer', 'claim_missing', { iss: null });
  claimed('no type', 'claim_missing', { type: null });
  claimed('no project key', 'claim_missing', { [PROJECT]: null });
  claimed('an empty project key', 'claim_missing', { [PROJECT]: '' });
  claimed('a type in another case', 'claim_mismatch', { type: 'Exchange' });
  claimed('a logout token', 'claim_mismatch', { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } });
  claimed('a subject that is a number', 'claims_malformed', { sub: 1 });
  claimed('an issuer that is an array', 'claims_malformed', { iss: [region.url] });
  claimed('an audience with a number in it', 'claims_malformed', (path) => ({ aud: [mc.worker.url + path, 1] }));
  claimed('an expiry that is true', 'claims_malformed', { exp: true });
  claimed('an expiry in an array', 'claims_malformed', { exp: [4_000_000_000] });
  claimed('a not-before that is text', 'claims_malformed', { nbf: '0' });
  claimed('an issue time that is text', 'claims_malformed', { iat: '0' });
  claimed('a type that is an array', 'claims_malformed', { type: ['exchange'] });
  claimed('a project key that is a number', 'claims_malformed', { [PROJECT]: 1 });
  claimed('permissions that are text', 'claims_malformed', {
    [`${region.url}/claims/user_permissions`]: 'canManageOrders',
  });
  claimed('expired as long ago as clocks may differ', 'token_expired', () => ({
    exp: Math.floor(Date.now() / 1000) - 5,
  }));
  claimed('the audience of another path', 'audience_mismatch', () => ({ aud: `${mc.worker.url}/orders` }));
  claimed('the audience of the path with a slash', 'audience_mismatch', (path) => ({
    aud: `${mc.worker.url}${path}/`,
  }));
  claimed('the audience of the path with its query', 'audience_mismatch', (path) => ({
    aud: `${mc.worker.url}${path}?x=${MARKED_QUERY}`,
  }));
  claimed('the audience of the path in another case', 'audience_mismatch', (path) => ({
    aud: mc.worker.url + path.toUpperCase(),
  }));
  claimed('the audience of another port', 'audience_mismatch', (path) => ({ aud: `http://127.0.0.1:1${path}` }));
  claimed('the audience of https', 'audience_mismatch', (path) => ({
    aud: mc.worker.url.replace('http', 'https') + path,
  }));
  claimed('the audience of the origin alone', 'audience_mismatch', () => ({ aud: mc.worker.url }));
  const ownClaims = (path) => JSON.stringify(region.claims({ audience: mc.worker.url + path }));
  row('an expiry that is infinite', 'claims_malformed', (path) =>
    compact(region.keys.signer, '{"alg":"RS256"}', ownClaims(path).replace(/"exp":\d+/, '"exp":1e999')),
  );
  row('no algorithm', 'header_malformed', (path) => compact(region.keys.signer, '{}', ownClaims(path)));
  row('a media type that is a number', 'header_malformed', (path) => mcToken(mc, path, { header: { typ: 1 } }));
  row('of the first version', 'issuer_mismatch', (path) => mcToken(mc, path, { version: 'v1' }));
  row('of a JTL session', 'algorithm_not_allowed', () => mc.jtl.sessionToken());
  row('of a JTL app', 'key_unknown', () => mc.jtl.appToken());

  it('is told which audience it should have', async () => {
    const path = ownPath();
    const detail = await refused(mc, path, inAuthorization(await mcToken(mc, '/')), {
      code: 'audience_mismatch',
      ...MC,
    });
    assert.equal(detail, `The token's aud must be ${mc.worker.url}${path}.`);
  });

  it('is refused with the status that its provider is configured with', async (t) => {
    const change = ({ providers: [first], ...rest }) => ({ ...rest, providers: [{ ...first, reject_status: 403 }] });
    const forbids = await startAll({ change, simulation });
    t.after(forbids.close);
    const path = ownPath();
    await refused(forbids, path, inAuthorization(await mcToken(forbids, path, { hostile: 'expired' })), {
      status: 403,
      code: 'token_expired',
      ...MC,
    });
  });

  letsAGoodOneThrough(mc, async (path) => inAuthorization(await mcToken(mc, path)));
});

describe('a Merchant Center token where there are several regions', () => {
  const row = (name, code, make, /** @type {{ provider?: string, error: string }} */ named = MC) =>
    it(`${name}: ${code}`, async () => {
      const path = ownPath();
      await refused(both, path, inAuthorization(await make(path)), { code, ...named });
    });

  // The worker does not look into a token that is too large, so its log names no provider.
  for (const name of hostileNames(both.region.claims({ audience: '' })))
    row(name, HOSTILE[name].code, (path) => mcToken(both, path, { hostile: name }), name === 'too-large' ? NOBODY : MC);

  row('no issuer', 'issuer_mismatch', (path) => mcToken(both, path, { claims: { iss: null } }));
  row('the other region’s issuer', 'key_unknown', (path) =>
    mcToken(both, path, { claims: { iss: both.gateway.regions['aws-us'].url } }),
  );
  row('of a JTL session', 'algorithm_not_allowed', () => both.jtl.sessionToken());
  row('of a JTL app', 'issuer_mismatch', () => both.jtl.appToken());

  letsAGoodOneThrough(both, async (path) => inAuthorization(await mcToken(both, path)));
});

describe('a JTL session token', () => {
  const row = (name, code, make) =>
    it(`${name}: ${code}`, async () => {
      const path = ownPath();
      await refused(jtl, `${path}?x=${MARKED_QUERY}`, inSessionId(await make(path)), { code, ...JTL });
    });
  const claimed = (name, code, claims) => row(name, code, () => jtl.jtl.sessionToken({ claims }));

  for (const name of hostileNames(jtl.jtl.sessionClaims()))
    row(name, HOSTILE[name].code, () => jtl.jtl.sessionToken({ hostile: name }));

  claimed('no user', 'claim_missing', { userId: null });
  claimed('no tenant', 'claim_missing', { tenantId: null });
  claimed('an empty tenant', 'claim_missing', { tenantId: '' });
  claimed('a user that is a number', 'claims_malformed', { userId: 1 });
  claimed('a tenant that is an array', 'claims_malformed', { tenantId: ['tenant-1'] });
  claimed('a slug that is a number', 'claims_malformed', { tenantSlug: 1 });
  claimed('a subject that is a number', 'claims_malformed', { sub: 1 });
  claimed('an audience that is empty', 'claims_malformed', { aud: [] });
  row('of a JTL app', 'algorithm_not_allowed', () => jtl.jtl.appToken());
  row('of the Merchant Center', 'algorithm_not_allowed', (path) => mcToken(jtl, path));

  letsAGoodOneThrough(jtl, async () => inSessionId(await jtl.jtl.sessionToken()));
});

describe('keys that cannot be had', () => {
  it('are not the caller’s fault: keys_unavailable', async (t) => {
    const cold = await startAll({ simulation });
    t.after(cold.close);
    cold.region.endpoints.set('jwks', 'down');
    cold.jtl.endpoints.set('token', 'down');
    const [mcPath, jtlPath] = [ownPath(), ownPath()];
    const expected = { status: 503, code: 'keys_unavailable', error: 'keys_unavailable' };
    await refused(cold, mcPath, inAuthorization(await mcToken(cold, mcPath)), { ...expected, provider: 'mc' });
    await refused(cold, jtlPath, inSessionId(await cold.jtl.sessionToken()), { ...expected, provider: 'jtl' });
  });
});

loggedNoToken([mc.worker, jtl.worker, both.worker]);
