// What an answer means: `{ verdict, code }`. The verdict is "right"; "refused", with the refusal's code;
// "wrong" for a 200 that differs from what is expected; or "lost", with the reason, if there was no answer.
import { isDeepStrictEqual } from 'node:util';
import { codeOf } from '../testing/exchange.mjs';

const RIGHT = { verdict: 'right' };
export const lost = (code) => ({ verdict: 'lost', code });
export const refused = (code) => ({ verdict: 'refused', code });
const WRONG = { verdict: 'wrong' };

/** Returns the code of a refusal, or the status of any other answer, whose header is a text. */
export function codeIn({ status, headers, body }) {
  const [, type] = /\r\ncontent-type: ([^\r]*)\r\n/i.exec(headers) ?? [];
  return codeOf({ status, headers: { 'content-type': type }, body });
}

/** Judges the answer to a valid request: the backend must have answered what was sent, as `expected` says. */
export function judgeValid(answer, expected) {
  if (answer.status !== 200) return refused(codeIn(answer));
  const found = JSON.parse(answer.body);
  return Object.entries(expected).every(([name, value]) => isDeepStrictEqual(found[name], value)) ? RIGHT : WRONG;
}

/** Judges the answer to a request that must be refused. */
export function judgeRefusal(answer) {
  return answer.status >= 400 ? refused(codeIn(answer)) : WRONG;
}
