// What the playground shows of one request, as a pure function of what was recorded.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { audienceOf } from '../exchange-token.mjs';
import { verdicts } from './steps.mjs';

const CREDENTIALS = ['authorization', 'x-session-id'];

/**
 * Returns the story of one request. `sent` and `answer` are the caller's. `forwarded` is what the gateway sent
 * on; it is undefined if the request did not go through a gateway, or if the gateway refused it. `received` is
 * what reached the backend. `region` is the gateway, if there was one. All messages have `headers` as pairs.
 *
 * @typedef {{ method?: string, url?: string, headers: string[][], body?: any }} Message
 *
 * @param {{
 *   sent: Message,
 *   answer: Message & { status: number },
 *   region?: any,
 *   forwarded?: Message,
 *   received?: Message,
 *   publicUrl: string,
 * }} observed
 */
export function evidence({ sent, answer, region, forwarded, received, publicUrl }) {
  const problem = problemOf(answer);
  const atWorker = region ? forwarded : sent;
  const token = atWorker && tokenOf(atWorker);
  const isPublic = received !== undefined && !received.headers.some(([name]) => isIdentity(name));
  const code = atWorker ? (problem?.code ?? '') : '';
  return {
    region: region && { id: region.id, url: region.url },
    sent,
    forwarded,
    token,
    audience: atWorker && token?.claims && audience({ sent, atWorker, token, publicUrl }),
    // The gateway itself may refuse. Then the worker has seen nothing.
    steps: atWorker ? verdicts({ code, isPublic }) : [],
    answer: { ...answer, problem },
    backend: received && { ...received, ...compared(atWorker, received) },
  };
}

/**
 * Returns the refusal in an answer, or undefined.
 *
 * @param {Message & { status: number }} answer
 */
function problemOf({ status, body }) {
  if (status < 400) return undefined;
  try {
    const problem = JSON.parse(body);
    return problem !== null && typeof problem === 'object' ? problem : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the first credential of a request, as far as it can be read: `{ header, text, head?, claims? }`. */
function tokenOf({ headers }) {
  const [header, value] = headers.find(([name]) => CREDENTIALS.includes(name.toLowerCase())) ?? [];
  if (header === undefined) return undefined;
  const text = value.replace(/^bearer +/i, '');
  return { header, text, head: read(decodeProtectedHeader, text), claims: read(decodeJwt, text) };
}

function read(decode, text) {
  try {
    return decode(text);
  } catch {
    return undefined;
  }
}

/** Returns the audience of a Merchant Center token and the one that the worker expects. */
function audience({ sent, atWorker, token, publicUrl }) {
  const { aud } = token.claims;
  if (typeof aud !== 'string') return undefined;
  const header = (name) => sent.headers.find(([other]) => other.toLowerCase() === name)?.[1];
  const { pathname, search } = new URL(atWorker.url);
  const expected = audienceOf(new URL(`${publicUrl}${pathname}${search}`), 'forward-url-full-path');
  return {
    forwardTo: header('x-forward-to'),
    policy: header('x-forward-to') && (header('x-forward-to-audience-policy') ?? 'forward-url-full-path'),
    found: aud,
    expected,
    publicUrl,
    path: pathname,
    // For the root, both spellings are right.
    fits: aud === expected || (pathname === '/' && [publicUrl, `${publicUrl}/`].includes(aud)),
  };
}

/** Returns what the worker changed: each received header with its origin, and the headers that it removed. */
function compared(sent, received) {
  const had = sent.headers.map(([name, value]) => [name.toLowerCase(), value]);
  const same = (name, value) =>
    had.some(([otherName, otherValue]) => otherName === name.toLowerCase() && otherValue === value);
  const origin = ([name, value]) => {
    if (isIdentity(name)) return 'identity';
    return same(name, value) ? 'caller' : 'runtime';
  };
  const arrived = received.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  const removed = sent.headers.filter(
    ([name, value]) => name.toLowerCase() !== 'host' && !arrived.includes(`${name.toLowerCase()}: ${value}`),
  );
  return {
    headers: received.headers.map(([name, value]) => ({ name, value, origin: origin([name, value]) })),
    removed: removed.map(([name, value]) => ({ name, value, reason: reason(name) })),
  };
}

function reason(name) {
  if (isIdentity(name)) return 'forged';
  return CREDENTIALS.includes(name.toLowerCase()) ? 'credential' : 'transport';
}

/** Writes a name as a backend may read it, which takes any separator for a hyphen. */
function isIdentity(name) {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-')
    .startsWith('x-verified-');
}
