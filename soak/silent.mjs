// Valid requests to a backend that never answers.
import { fieldsOf } from '../testing/attacks/configuration.mjs';
import { judgeRefusal } from './judge.mjs';
import { mark } from './mark.mjs';
import { headOf } from './valid.mjs';

export const SILENT = 'to a backend that never answers';

export function silentTraffic(signing, host) {
  let turn = 0;
  return () => {
    const { token } = signing.repeated('jtl', (turn += 1));
    const bytes = headOf('GET', `/silent/${mark('silent')}`, [['host', host], ...fieldsOf({ jtl: token })]);
    return { kind: SILENT, perform: async (line) => judgeRefusal(await line.ask(bytes)) };
  };
}
