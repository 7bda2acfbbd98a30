// What an answer means: `{ verdict, code }`. The verdicts: "right", "refused" with the refusal's code,
// "wrong" for a 200 that is not what it should be, "lost" where there was no answer, with the reason.
import { isDeepStrictEqual } from 'node:util';
import { codeOf } from '../testing/exchange.mjs';

const RIGHT = { verdict: 'right' };
export const lost = (code) => ({ verdict: 'lost', code });
export const refused = (code) => ({ verdict: 'refused', code });
const WRONG = { verdict: 'wrong' };

/** Of an answer with the header as text: the code of a refusal, else the status. */
export function codeIn({ status, headers, body }) {
  const [, type] = /\r\ncontent-type: ([^\r]*)\r\n/i.exec(headers) ?? [];
  return codeOf({ status, headers: { 'content-type': type }, body });
}

/** A valid request: the backend must have answered, to what was sent, as `expected` says. */
export function judgeValid(answer, expected) {
  if (answer.status !== 200) return refused(codeIn(answer));
  const found = JSON.parse(answer.body);
  return Object.entries(expected).every(([name, value]) => isDeepStrictEqual(found[name], value)) ? RIGHT : WRONG;
}

/** A request that must be refused. */
export function judgeRefusal(answer) {
  return answer.status >= 400 ? refused(codeIn(answer)) : WRONG;
}
