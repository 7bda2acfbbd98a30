// Signers and judges: for each provider its good claims, its keys, and the verifiers beside the worker.
import { createRequire } from 'node:module';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { newKey } from '../../../sim/keys.mjs';

const { createSessionAuthVerifier } = createRequire(import.meta.url)('@commercetools-backend/express');

export const SKEW = 60;
export const FORWARDED = { 'x-mc-api-cloud-identifier': 'gcp-eu', 'x-mc-api-forward-to-version': 'v2' };
const MC_TARGETS = ['/orders', '/', '/?page=2', '/orders/1?expand=lines&x=/', '/orders/', '/Orders/%c3%a9'];
const PERMISSIONS = [undefined, undefined, [], ['canViewOrders'], ['canViewOrders', 'can view', 'Zoë,100%']];
const seconds = () => Math.floor(Date.now() / 1000);

/**
 * Returns the four oidc providers of the configuration and their keys. Two have a header each, two share one.
 */
export async function oidcProviders() {
  const providers = await Promise.all(
    [
      ['rs', 'RS256', 'x-rs'],
      ['ed', 'EdDSA', 'x-ed'],
      ['shared-rs', 'RS256', 'x-shared'],
      ['shared-ed', 'EdDSA', 'x-shared'],
    ].map(async ([name, alg, header]) => {
      const key = await newKey(alg);
      const settings = {
        name,
        kind: 'oidc',
        issuer: `https://${name}.example`,
        audiences: [`${name}-api`],
        algorithms: [alg],
        header,
        jwks: { keys: [key.jwk] },
        required_claims: { verified: true },
      };
      return { key, settings };
    }),
  );
  return providers;
}

/** Returns all subjects: `{ name, key, header, targets, claims(), claimCases(), fields(), peers, ... }`. */
export async function subjects({ gateway, region, jtl, worker }, oidc) {
  const strangers = [await newKey('RS256'), await newKey('EdDSA'), gateway.regions['aws-us'].keys.signer];
  const mc = merchantCenter(region, worker);
  const all = [
    mc,
    { ...mc, name: 'mc-regions', fields: (token) => ({ 'x-regions': token, ...FORWARDED }) },
    jtlSession(jtl),
    ...oidc.map(openId),
  ];
  const shared = all.filter(({ name }) => name.startsWith('shared'));
  const anyOfThem = { jose: (token) => Promise.any(shared.map(({ peers }) => peers.jose(token))) };
  return all.map((subject) => ({
    keyIds: [],
    optionalClaims: [],
    ...subject,
    wrongKeys: [...strangers, ...all.map(({ key }) => key).filter((key) => key !== subject.key)],
    peers: shared.includes(subject) ? anyOfThem : subject.peers,
  }));
}

function merchantCenter(region, worker) {
  const [project, permissions] = ['project_key', 'user_permissions'].map((name) => `${region.url}/claims/${name}`);
  const official = officialVerifier({ audience: worker.url, issuer: region.url });
  const identity = (payload) => ({ user: payload.sub, project: payload[project], permissions: payload[permissions] });
  const options = (target, [path] = target.split('?')) => ({
    algorithms: ['RS256'],
    issuer: region.url,
    // The root has two forms.
    audience: [worker.url + path, ...(path === '/' ? [worker.url] : [])],
    requiredClaims: ['sub', 'exp', 'type', project],
  });
  return {
    name: 'mc',
    key: region.keys.signer,
    header: { alg: 'RS256', kid: region.keys.signer.kid },
    targets: MC_TARGETS,
    claims: (target, random) => ({
      ...region.claims({ audience: random.pick(audiences(worker.url, target)) }),
      [permissions]: random.pick(PERMISSIONS),
    }),
    claimCases: () => [
      ...wrongValues('sub', [undefined, '', 1]),
      ...wrongValues('type', [undefined, '', 'access', 1]),
      ...wrongValues(project, [undefined, '', 1]),
      ...wrongValues(permissions, ['canViewOrders', [1], {}]),
      ...common(worker.url + MC_TARGETS[0]),
    ],
    optionalClaims: [permissions],
    fields: (token) => ({ authorization: `Bearer ${token}`, ...FORWARDED }),
    peers: {
      jose: joseVerifier(region.keys.jwks(), options, identity),
      official: async (token, target) => {
        const session = await official({ token, target });
        return { user: session.userId, project: session.projectKey, permissions: session.userPermissions };
      },
    },
  };
}

/** What the gateway may write. */
function audiences(origin, target) {
  const full = origin + target.split('?')[0];
  return target === '/' ? [origin, full] : [full, full, [full], ['https://x.example', full]];
}

function jtlSession(jtl) {
  const { keys } = jtl.sessionKeys.jwks();
  const options = () => ({ algorithms: ['EdDSA', 'Ed25519'], requiredClaims: ['exp', 'userId', 'tenantId'] });
  return {
    name: 'jtl',
    key: jtl.sessionKeys.signer,
    keyIds: keys.map(({ kid }) => kid),
    header: { alg: 'EdDSA', typ: 'JWT' },
    targets: ['/orders'],
    claims: () => jtl.sessionClaims(),
    claimCases: () => [
      ...['userId', 'tenantId'].flatMap((name) => wrongValues(name, [undefined, '', 1])),
      ...wrongValues('tenantSlug', [undefined, '', 1]),
      ...common('x').filter(([name]) => name !== 'aud'),
    ],
    optionalClaims: ['iss', 'aud'],
    fields: (token) => ({ 'x-session-id': token }),
    peers: {
      jose: joseVerifier({ keys }, options, ({ userId, tenantId, tenantSlug }) => ({
        user: userId,
        tenant: tenantId,
        slug: tenantSlug,
      })),
    },
  };
}

function openId({
  key,
  settings: {
    name,
    issuer,
    audiences: [audience],
    algorithms,
    header,
  },
}) {
  const names = algorithms[0] === 'EdDSA' ? ['EdDSA', 'Ed25519'] : algorithms;
  const options = () => ({ algorithms: names, issuer, audience, requiredClaims: ['exp', 'verified'] });
  const scopes = ({ scope, scp = [], found = scope ?? scp }) =>
    typeof found === 'string' ? found.split(' ').filter(Boolean) : found;
  return {
    name,
    key,
    header: { alg: key.alg, kid: key.kid, typ: 'at+jwt' },
    targets: ['/orders'],
    claims: () => ({
      iss: issuer,
      sub: 'user-1',
      aud: audience,
      iat: seconds(),
      exp: seconds() + 600,
      verified: true,
      scope: 'orders  customers',
    }),
    claimCases: () => [
      ...wrongValues('verified', [false, 'true', [true], null]),
      ...wrongValues('scope', [1, ['a', 'b'], ['a', 1], undefined]),
      ...wrongValues('sub', [1, undefined]),
      ...common(audience),
    ],
    optionalClaims: ['scp'],
    fields: (token) => ({ [header]: token }),
    peers: {
      jose: joseVerifier({ keys: [key.jwk] }, options, (payload) => ({
        user: payload.sub,
        permissions: scopes(payload),
      })),
    },
  };
}

const wrongValues = (name, values) => values.map((value) => [name, value]);

function common(audience) {
  const far = seconds() + 3600;
  return [
    ...wrongValues('exp', [undefined, seconds() - 30, seconds() - 3600, String(far), 1e308]),
    ...wrongValues('nbf', [far, seconds() + 30, String(far)]),
    ...wrongValues('iat', [far, seconds() + 30, String(far)]),
    ...wrongValues('aud', [[audience, 1], []]),
    ...wrongValues('sub', [1]),
    ...wrongValues('events', [{}]),
  ];
}

/**
 * Verifies with jose and the worker's demands. Ed25519 has two names, so the keys name no algorithm; several
 * keys may fit.
 */
function joseVerifier({ keys }, options, identity) {
  const keySet = createLocalJWKSet({ keys: keys.map(({ alg: _, ...jwk }) => jwk) });
  return async (token, target) => {
    const demands = { ...options(target), clockTolerance: SKEW };
    try {
      return identity((await jwtVerify(token, keySet, demands)).payload);
    } catch (error) {
      if (error.code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
      const candidates = [];
      for await (const key of error) candidates.push(key);
      return identity((await Promise.any(candidates.map((key) => jwtVerify(token, key, demands)))).payload);
    }
  };
}

/** Verifies with commercetools' own verifier and resolves to its session. */
export function officialVerifier(options) {
  const verify = createSessionAuthVerifier(options);
  return async ({ token, target, headers = FORWARDED, scheme = 'Bearer ' }) => {
    const request = { headers: { authorization: scheme + token, ...headers }, originalUrl: target };
    await verify(request);
    return request.session;
  };
}

/** Returns the same identity as a backend reads it from its headers. */
export function identityOf(headers) {
  const value = (name) => headers.find(([found]) => found.toLowerCase() === `x-verified-${name}`)?.[1];
  const text = (name) => value(name) && decodeURIComponent(value(name));
  return tidy({
    user: text('user'),
    project: text('project'),
    tenant: text('tenant'),
    slug: text('tenant-slug'),
    permissions: value('permissions')?.split(' ').map(decodeURIComponent),
  });
}

/** Removes empty members. */
export function tidy(identity) {
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined && value.length !== 0));
}
