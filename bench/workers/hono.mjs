// The alternative with Hono's `jwk` middleware, as its documentation shows it. It fetches the keys for every
// request.
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { jwk } from 'hono/jwk';
import { identityHeaders } from './identity.mjs';

/** @type {Hono<{ Variables: { jwtPayload: object } }>} */
const app = new Hono();
const audience = env.AUDIENCE ?? `${env.PUBLIC_URL}/orders`;
app.use(jwk({ jwks_uri: env.JWKS_URI, alg: [env.ALGORITHM], verification: { iss: env.ISSUER, aud: audience } }));
app.all('*', (context) => {
  const { method, body, headers, url } = context.req.raw;
  const { pathname, search } = new URL(url);
  const payload = context.get('jwtPayload');
  return fetch(env.ORIGIN + pathname + search, {
    method,
    headers: identityHeaders(headers, payload),
    body,
    redirect: 'manual',
  });
});

export default app;
