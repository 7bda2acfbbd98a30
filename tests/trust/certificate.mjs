// X.509 certificates for tests of mTLS (RFC 5280). They are made anew each time, so no private key lies in the
// repository.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const DAY_MS = 86_400_000;

/**
 * Makes a certificate with its key, in PEM: `{ name, cert, key }`. `issuer`, another one of these, signs it;
 * without an issuer it signs itself and is an authority. `host` is the name of a server.
 *
 * @param {string} name
 * @param {{ issuer?: { name: string, key: string | Buffer }, host?: string }} [options]
 */
export function certificate(name, { issuer, host } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const extensions = [
    // basicConstraints: an authority or not
    extension('551d13', issuer ? sequence() : sequence(der(0x01, Buffer.from([0xff])))),
    ...(host ? [extension('551d11', sequence(der(0x82, Buffer.from(host))))] : []), // subjectAltName, a DNS name
  ];
  const toBeSigned = sequence(
    der(0xa0, integer(2)), // version 3
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    distinguishedName(issuer?.name ?? name),
    sequence(time(-DAY_MS), time(DAY_MS)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, issuer?.key ?? key);
  return { name, key, cert: pem(sequence(toBeSigned, ECDSA_SHA256, bits(signature))) };
}

function der(tag, ...contents) {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

const sequence = (...contents) => der(0x30, ...contents);
const integer = (value) => der(0x02, Buffer.from([value]));
const identifier = (hex) => der(0x06, Buffer.from(hex, 'hex'));
const bits = (bytes) => der(0x03, Buffer.from([0]), bytes);
const extension = (id, content) => sequence(identifier(id), der(0x04, content));
const commonName = (name) => sequence(identifier('550403'), der(0x0c, Buffer.from(name)));
const distinguishedName = (name) => sequence(der(0x31, commonName(name)));
const time = (offset) =>
  der(0x18, Buffer.from(`${new Date(Date.now() + offset).toISOString().replace(/[-:T]|\..*/g, '')}Z`));
const ECDSA_SHA256 = sequence(identifier('2a8648ce3d040302'));
const pem = (bytes) =>
  `-----BEGIN CERTIFICATE-----\n${bytes
    .toString('base64')
    .match(/.{1,64}/g)
    .join('\n')}\n-----END CERTIFICATE-----\n`;
