// The usual alternative to Drawbridge: `jose`, which checks signatures with WebCrypto.
import { env } from 'cloudflare:workers';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { identityHeaders } from './identity.mjs';

const keys = createRemoteJWKSet(new URL(env.JWKS_URI));

export default {
  async fetch(request) {
    const url = new URL(request.url);
    const [, token] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    let payload;
    try {
      const audience = env.AUDIENCE ?? env.PUBLIC_URL + url.pathname;
      ({ payload } = await jwtVerify(token, keys, { issuer: env.ISSUER, audience, algorithms: [env.ALGORITHM] }));
    } catch (error) {
      return Response.json({ error: error.code ?? error.message }, { status: 401 });
    }
    const { method, body } = request;
    const headers = identityHeaders(request.headers, payload);
    return fetch(env.ORIGIN + url.pathname + url.search, { method, headers, body, redirect: 'manual' });
  },
};
