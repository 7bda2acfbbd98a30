// Hostile traffic over connections that stay open: tokens that must be refused, and requests that carry no
// token, several, or one for another purpose.
import { fieldsOf, KINDS } from '../testing/attacks/configuration.mjs';
import { judgeRefusal } from './judge.mjs';
import { mark } from './mark.mjs';
import { PATH } from './signing.mjs';
import { headOf } from './valid.mjs';

const CATALOGUE = 'the catalogue of hostile tokens';
const UNKNOWN = 'key ids that do not exist, each another';
const REMOVED = 'tokens of keys that were removed';
const OTHERS = 'no credential, several, or one for something else';

/** All kinds of hostile traffic. The second is a flood: it comes as often as all others together. */
export const HOSTILE = [CATALOGUE, UNKNOWN, REMOVED, OTHERS];

/** Makes one request after the other. `tried` collects the names of tokens from the catalogue. */
export function hostileTraffic(signing, host, tried) {
  let turn = 0;
  const kindOf = (round) => KINDS[round % KINDS.length];

  const makers = [
    (round) => {
      const { kind, name, token } = signing.hostile[round % signing.hostile.length];
      tried.add(`${kind} ${name}`);
      return [CATALOGUE, fieldsOf({ [kind]: token })];
    },
    (round) => {
      const { removed } = signing;
      if (removed.length === 0) return undefined;
      const { kind, token } = removed[round % removed.length];
      return [REMOVED, fieldsOf({ [kind]: token })];
    },
    (round) => [OTHERS, ...others(signing, kindOf(round), round)],
  ];

  return () => {
    turn += 1;
    const round = Math.floor(turn / 2);
    const flood = () => [UNKNOWN, fieldsOf({ [kindOf(round)]: signing.unknown(kindOf(round), turn) })];
    const [kind, fields, path = PATH] =
      (turn % 2 === 0 && makers[round % makers.length](Math.floor(round / makers.length))) || flood();
    const method = turn % 5 === 0 ? 'POST' : 'GET';
    const body = method === 'POST' ? 'hostile' : '';
    const framing = body === '' ? [] : [['content-length', body.length]];
    const bytes = headOf(method, `${path}?${mark('hostile')}`, [['host', host], ...framing, ...fields]) + body;
    return { kind, perform: async (line) => judgeRefusal(await line.ask(bytes)) };
  };
}

/** Returns header fields, and a path if it is not the usual one. */
function others(signing, kind, round) {
  const { token } = signing.repeated(kind, round);
  const good = fieldsOf({ [kind]: token });
  const mc = fieldsOf({ mc: signing.repeated('mc', round).token });
  const jtl = fieldsOf({ jtl: signing.repeated('jtl', round).token });
  const all = [
    [
      [
        ['x-verified-user', 'intruder'],
        ['X_Verified_Provider', 'mc'],
      ],
    ],
    [[...mc, ...jtl]],
    [[...good, ...good]],
    [[['cookie', `access_token=${token}`]]],
    [mc, '/orders/of-somebody-else'],
    [jtl, '/admin/users'],
    [good, '/orders//x'],
    [good, '/open/%2e%2e%2fadmin'],
  ];
  return all[Math.floor(round / KINDS.length) % all.length];
}
