// The fault table of docs/key-faults.md, and the part of it that does not change from run to run.
import { EVERY_MS, FAULT_MS } from './run.mjs';
import { measure, revokedMillis, slackMillis } from './measure.mjs';
import { SETTINGS } from './scenarios.mjs';

const HEAD = ['fault', 'settings', 'valid requests', 'refused', 'fetches (at most)', 'revoked key accepted for'];
const FIXED_COLUMNS = 2;
const row = (cells) => `| ${cells.join(' | ')} |`;
const seconds = (millis) => `${(millis / 1000).toFixed(1)} s`;

/** Returns the table alone. */
export function table(results) {
  return [row(HEAD), row(HEAD.map(() => '---')), ...results.map((result) => row(cells(result)))].join('\n');
}

function cells(result) {
  const { scenario, keys } = result;
  const { good, refused, accepted, revoked, fetches, atMost } = measure(result);
  const bound = seconds(1000 * keys.fresh_seconds + slackMillis(result));
  return [
    scenario.name,
    scenario.settings ?? 'usual',
    good.length,
    refused.length === 0 ? 0 : kindsOf(refused),
    fetches.map((count, isolate) => `${count} (${atMost[isolate]})`).join(', '),
    revoked ? `${seconds(revokedMillis(accepted))} (${bound})` : '–',
  ];
}

function kindsOf(refused) {
  const kinds = Map.groupBy(refused, ({ status, code }) => `${status} \`${code}\``);
  return [...kinds].map(([kind, { length }]) => `${length} × ${kind}`).join(', ') + withinFirst(refused);
}

/** Returns how old a new key's tokens were when they were still refused. */
function withinFirst(refused) {
  if (refused.some(({ status }) => status !== 401)) return '';
  return ` in its first ${seconds(Math.max(...refused.map(({ token, sentAt }) => sentAt - token.from)))}`;
}

/** Returns the whole document. */
export function document(results) {
  return `# When an issuer's keys go wrong

\`npm run docs:key-faults\` writes this page. \`npm test\` makes the same run, prints its table and checks \
every statement on this page.

Every fault happens to an issuer of its own, on the real runtime, with real KV. Each issuer's users send a \
valid request every ${EVERY_MS} ms. If the fault has a revoked or forged token, they also send a request with \
that token.

The fault lasts at least ${seconds(FAULT_MS)} in one isolate. Then a new isolate replaces the first, and finds \
what is in KV. There the fault lasts as long again. After the fault, the worker must ask the issuer again \
before the cooldown has doubled once more, and the issuer's set must be in KV.

The settings are short, so that a run is short:

${row(['settings', ...Object.keys(SETTINGS.usual).map((name) => `\`${name}\``)])}
${row(['---', ...Object.keys(SETTINGS.usual).map(() => '---')])}
${Object.entries(SETTINGS)
  .map(([name, values]) => row([name, ...Object.values(values)]))
  .join('\n')}

## The table

The figures are those of one run.

- *Valid requests* have a token that was good from the moment when the request was sent until it was answered. \
*Refused* counts those of them that were refused.
- *Fetches* counts the fetches while the fault lasted, in the first and in the second isolate. In brackets is \
how many the cooldown allows: one, and another one after each \`cooldown_seconds\`, which doubles from the \
second failure on. If a reused connection broke, the runtime repeats the request once, so one more is allowed \
if the issuer is *down*.
- *Revoked key accepted for* is the longest time after a key was revoked until a request with it was sent and \
accepted. Rotations happen right after a fetch, when the next fetch is farthest away. An isolate asks again \
after \`fresh_seconds\`, in steady use a fifth earlier, and a request waits for the answer for \`wait_ms\`. In \
brackets is the sum of both, or more if the machine was too busy.

${table(results)}

## The faults

${results.map(({ scenario }) => explanation(scenario)).join('\n')}

A valid request is refused for one of two reasons.

- Its key was not announced, and the cooldown after an earlier attempt is running: 401. With the default \
settings and a healthy issuer this lasts at most 30 seconds. If an issuer publishes a key for \`fresh_seconds\` \
before it signs with it, nobody is refused.
- The issuer has been out of order for longer than \`fresh_seconds\` and \`stale_seconds\` together, by default \
a day and ten minutes: 503 \`keys_unavailable\`.
`;
}

const explanation = ({ name, means, refresh, store }) => `- **${name}**: ${means}${logged(refresh?.at(-1) ?? store)}`;

const logged = (cause) => (cause === undefined ? '' : ` The log says: ${cause}.`);

/** Returns a document without the figures of its run. */
export function withoutFigures(text) {
  const [before, after] = text.split(row(HEAD));
  const lines = after
    .split('\n')
    .map((line) => (line.startsWith('| ') ? line.split(' | ').slice(0, FIXED_COLUMNS).join(' | ') : line));
  return before + lines.join('\n');
}
