// Clients that send one byte at a time: the head of a request, or the body after it.
import { createHash } from 'node:crypto';
import { fieldsOf } from '../testing/attacks/configuration.mjs';
import { judgeRefusal, judgeValid } from './judge.mjs';
import { mark } from './mark.mjs';
import { PATH } from './signing.mjs';
import { headOf } from './valid.mjs';

// At one byte a second, this stays below the 30 seconds that an upstream has to answer.
const BODY_BYTES = 24;
export const SLOW_HEAD = 'a head, byte by byte, to a public route';
const BODY = 'a body, byte by byte, with a valid token';
export const REFUSED_BODY = 'a body, byte by byte, with no valid token';

/** Makes requests whose head or body is sent so slowly, in turn. */
export function slowTraffic(signing, host, everyMillis) {
  let turn = 0;
  return () => [slowHead, slowBody, refusedBody][(turn += 1) % 3](signing, host, everyMillis, turn);
}

function slowHead(_, __, everyMillis) {
  const text = mark('open');
  const head = headOf('GET', `/open/${text}`, [['host', 'slow']]);
  return {
    kind: SLOW_HEAD,
    perform: async (line) => judgeValid(await line.askSlowly('', head, everyMillis), { mark: text, identity: {} }),
  };
}

function slowBody(signing, host, everyMillis, turn) {
  const text = mark('valid');
  const { token, identity } = signing.repeated('mc', turn);
  const head = headOf('POST', `${PATH}?${text}`, [
    ['host', host],
    ...fieldsOf({ mc: token }),
    ['content-length', BODY_BYTES],
  ]);
  const body = text.padEnd(BODY_BYTES, 'x');
  const expected = {
    mark: text,
    identity,
    length: BODY_BYTES,
    sha256: createHash('sha256').update(body).digest('hex'),
  };
  return { kind: BODY, perform: async (line) => judgeValid(await line.askSlowly(head, body, everyMillis), expected) };
}

/** This request is refused before its body has arrived. */
function refusedBody(_, host, everyMillis) {
  const head = headOf('POST', `${PATH}?${mark('hostile')}`, [
    ['host', host],
    ...fieldsOf({ mc: 'a.b.c' }),
    ['content-length', BODY_BYTES],
  ]);
  return {
    kind: REFUSED_BODY,
    perform: async (line) => judgeRefusal(await line.askSlowly(head, 'x'.repeat(BODY_BYTES), everyMillis)),
  };
}
