// A process: it holds the signing keys and tokens, and sends requests over connections that stay open, one at a
// time on each.
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import net from 'node:net';
import { compact } from '../sim/compact.mjs';
import { serveParent } from '../testing/child.mjs';
import { quantile } from '../testing/statistics.mjs';

const SILENCE_MS = 20_000;

const signers = new Map();
const tokens = new Map();

function newSigner(algorithm) {
  const { privateKey } =
    algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = `${algorithm}-signer`;
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
  return { alg: algorithm, privateKey, jwk, header: { alg: algorithm, typ: 'JWT', kid } };
}

/** A published key that signs nothing. */
function decoy(algorithm, index) {
  const common = { kid: `decoy-${index}`, alg: algorithm, use: 'sig' };
  if (algorithm === 'EdDSA')
    return { ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }), ...common };
  const modulus = randomBytes(256);
  modulus[0] |= 0x80;
  modulus[255] |= 1;
  return { kty: 'RSA', n: modulus.toString('base64url'), e: 'AQAB', ...common };
}

let serial = 0;

/** Signs a token that differs from every other one. */
function newToken(algorithm, claims) {
  const signer = signers.get(algorithm);
  serial += 1;
  return compact(signer, signer.header, { ...claims, jti: String(serial).padStart(12, '0') });
}

/** Sends requests until `count` are answered. */
function run({ port, count, connections, request }) {
  const latencies = new Float64Array(count);
  const statuses = {};
  let sent = 0;
  let answered = 0;
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const sockets = Array.from({ length: Math.min(connections, count) }, () => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      let begun;
      let pending = '';
      const next = () => {
        if (sent === count) return;
        begun = performance.now();
        socket.write(request(sent), 'latin1');
        sent += 1;
      };
      socket.setTimeout(SILENCE_MS, () => finish(new Error(`silence for ${SILENCE_MS} ms`)));
      socket.on('error', finish);
      socket.on('close', () => finish(new Error('the worker has closed a connection')));
      socket.on('connect', next);
      socket.on('data', (data) => {
        pending += data.toString('latin1');
        if (!isComplete(pending)) return;
        latencies[answered] = performance.now() - begun;
        const status = pending.slice(9, 12);
        statuses[status] = (statuses[status] ?? 0) + 1;
        pending = '';
        answered += 1;
        if (answered === count) finish();
        else next();
      });
      return socket;
    });
    function finish(error) {
      for (const socket of sockets) {
        socket.removeAllListeners('close');
        socket.destroy();
      }
      if (error) return reject(error);
      const seconds = (performance.now() - started) / 1000;
      resolve({ statuses, perSecond: count / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) });
    }
  });
}

function isComplete(text) {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head));
  if (!length) throw new Error(`a response without a length: ${text.slice(0, head)}`);
  return text.length >= head + 4 + Number(length[1]);
}

const headText = ({ path, headers }) =>
  `GET ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}`;

serveParent({
  /** Makes a key pair and returns a JWK Set of `size` keys, of which the last one signs. */
  keySet(algorithm, size) {
    if (!signers.has(algorithm)) signers.set(algorithm, newSigner(algorithm));
    return {
      keys: [...Array.from({ length: size - 1 }, (_, index) => decoy(algorithm, index)), signers.get(algorithm).jwk],
    };
  },
  /** Signs `count` tokens and keeps them under a name. */
  sign(name, algorithm, claims, count) {
    tokens.set(
      name,
      Array.from({ length: count }, () => newToken(algorithm, claims)),
    );
    return tokens.get(name)[0];
  },
  /** Signs `count` tokens and returns them. */
  mint: (algorithm, claims, count) => Array.from({ length: count }, () => newToken(algorithm, claims)),
  /** Sends `count` requests with these tokens in turn: `{ statuses, perSecond, p50, p99 }`, latencies in ms. */
  async send({ port, path, headers, tokens: name, count, connections }) {
    const head = headText({ path, headers });
    const all = tokens.get(name);
    return run({
      port,
      count,
      connections,
      request: (index) => `${head}authorization: Bearer ${all[index % all.length]}\r\n\r\n`,
    });
  },
});
