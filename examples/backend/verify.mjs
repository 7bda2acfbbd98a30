import { createRemoteJWKSet, jwtVerify } from 'jose';

const { PUBLIC_URL: issuer, AUDIENCE: audience } = process.env;
if (!issuer || !audience) throw new Error('PUBLIC_URL and AUDIENCE must be set');
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/drawbridge/jwks.json`));
const rules = { algorithms: ['EdDSA'], issuer, audience, requiredClaims: ['exp'], clockTolerance: 5 };

export const verify = async (assertion) => (await jwtVerify(assertion ?? '', keys, rules)).payload;
