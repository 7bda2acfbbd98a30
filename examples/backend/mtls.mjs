import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [cert, key, ca] = ['TLS_CERT', 'TLS_KEY', 'CLIENT_CA'].map((name) => readFileSync(process.env[name]));

export const serve = (handler) => createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, handler);
