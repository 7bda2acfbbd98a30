// The requests of testing/attacks/requests.mjs, each on a connection of its own: those that must be refused,
// and those that arrive as one plain request without any gain.
import { isDeepStrictEqual } from 'node:util';
import { RequestWriter } from '../testing/attacks/request.mjs';
import { REQUESTS } from '../testing/attacks/requests.mjs';
import { codeOf, converse } from '../testing/exchange.mjs';
import { lost, refused } from './judge.mjs';
import { mark } from './mark.mjs';

export const RAW_REFUSED = 'raw bytes that must be refused';
export const RAW_PLAIN = 'raw bytes that arrive as one plain request';

// Left out are requests that need a second connection, make the runtime write to the log, have a body that
// fails while a verified request is under way, or have a target without room for a mark.
/** @param {import('../testing/attacks/requests.mjs').Expected} expected */
const isUsable = ({ by, hangsUp, noise, reaches }) =>
  !hangsUp && !noise && by !== '`upstream_unreachable`' && reaches.every(({ url }) => typeof url !== 'string');
const VARIANTS = REQUESTS.flatMap(({ title, variants }) =>
  variants.map(([name, make, expected]) => ({ name: `${title}: ${name}`, make, expected })),
).filter(({ expected }) => isUsable(expected));

/** Traffic that must be refused, and traffic that must not: `(signing, origin, tried) => () => request`. */
export const rawRefused = traffic(
  RAW_REFUSED,
  VARIANTS.filter(({ expected }) => expected.reaches.length === 0),
  judgeRefused,
);
export const rawPlain = traffic(
  RAW_PLAIN,
  VARIANTS.filter(({ expected }) => expected.reaches.length > 0),
  judgePlain,
);

/** The names of all of them. */
export const RAW_NAMES = VARIANTS.map(({ name }) => name);

function traffic(kind, variants, judge) {
  return (signing, origin, tried) => {
    let turn = 0;
    return () => {
      const { name, make, expected } = variants[(turn += 1) % variants.length];
      const { token, identity } = signing.repeated('jtl', turn);
      const path = `/${mark(kind === RAW_PLAIN ? 'valid' : 'hostile')}`;
      const writer = new RequestWriter({ origin, path, token });
      const bytes = make(writer);
      tried.add(name);
      return { kind, name, perform: async () => judge(await converse(origin, bytes), expected, identity) };
    };
  };
}

/** The runtime may end a connection before its answer is read. Nobody gets in by that. */
function judgeRefused(answers) {
  if (answers.some(({ status }) => status < 400)) return { verdict: 'wrong' };
  return refused(answers.length === 0 ? 'connection closed' : codeOf(answers[0]));
}

/**
 * The answers must be the expected ones. The first must come from the backend, which has seen this identity.
 */
function judgePlain(answers, expected, identity) {
  const codes = answers.map(codeOf);
  const differing = codes.find((code, index) => code !== expected.answers[index]);
  if (differing !== undefined && differing !== 200) return refused(differing);
  if (codes.length < expected.answers.length) return lost('connection broken');
  const seen = JSON.parse(answers[0].body).identity;
  const right =
    differing === undefined && isDeepStrictEqual(seen, expected.reaches[0].identity === false ? {} : identity);
  return { verdict: right ? 'right' : 'wrong' };
}
