// The Merchant Center's exchange token, by which the gateway tells a backend about its caller.

/** The issuers of version 1 of the endpoint. Other regions use their own. */
export const LEGACY_ISSUERS = {
  'gcp-eu': 'https://mc-api.commercetools.com',
  'gcp-us': 'https://mc-api.commercetools.co',
};

export const AUDIENCE_POLICIES = ['forward-url-full-path', 'forward-url-origin'];

/** Returns the audience for a forwarded URL. It never contains the query. */
export function audienceOf(url, policy) {
  if (policy === 'forward-url-origin') return url.origin;
  // The official verifier expects a bare origin for `/` and a slash for `/?a=b`, so this does the same.
  if (url.pathname === '/' && url.search === '') return url.origin;
  return `${url.origin}${url.pathname}`;
}

/** Returns the claims of an exchange token. `permissions` are there only if they were asked for. */
export function exchangeClaims({ issuer, audience, userId, projectKey, permissions, lifetime = 60 }) {
  const now = Math.floor(Date.now() / 1000);
  return {
    sub: userId,
    iss: issuer,
    aud: audience,
    iat: now,
    exp: now + lifetime,
    type: 'exchange',
    [`${issuer}/claims/project_key`]: projectKey,
    ...(permissions && { [`${issuer}/claims/user_permissions`]: permissions }),
  };
}
