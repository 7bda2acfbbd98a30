// `npm run demo`: starts the worker under wrangler dev between the simulated platforms and the backend, sends
// good and hostile requests, prints a table of the outcomes, and serves a page to try more. With `--once` it
// ends after the table.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { pasteable } from './demo/commands.mjs';
import { perform } from './demo/perform.mjs';
import { forgery, painter, report } from './demo/report.mjs';
import { KEYS, startStage } from './demo/stage.mjs';
import { startPlayground } from './playground.mjs';

const paint = painter(process.stdout.isTTY && !process.env.NO_COLOR);
const say = (text = '') => console.log(text);

/** Runs the demo and resolves to the exit code. `signal` ends it at any time. */
async function demo({ once, signal }) {
  say('Starting the simulated platforms, the backend, and the worker under wrangler dev …');
  const stage = await startStage(signal);
  try {
    say(`\n${places(stage)}\n\nSending requests; with pauses for the key cache that takes some seconds …\n`);
    const rows = await perform(stage);
    const { text, exitCode } = report(rows, paint);
    say(
      `${text}\n\n${forgery(
        rows.find((row) => row.forged),
        paint,
      )}`,
    );
    if (once) return exitCode;
    const playground = await startPlayground(stage);
    try {
      const browser = paint('bold', `The same and more in a browser: ${playground.url}`);
      say(`\n${pasteable(stage, paint)}\n\n${browser}\n\nCtrl-C ends everything.`);
      await sleep(2 ** 31 - 1, undefined, { signal: stage.signal }).catch(() => {});
    } finally {
      await playground.close();
    }
    if (!signal.aborted) throw stage.signal.reason;
    say('\nEnded.');
    return exitCode;
  } finally {
    await stage.close();
  }
}

function places({ worker, gateway, jtl, backend }) {
  const regions = Object.values(gateway.regions).map(({ id, url }) => `  gateway ${id}  ${url}`);
  return [
    `  worker          ${worker.url}`,
    ...regions,
    `  JTL platform    ${jtl.url}`,
    `  backend         ${backend.url}`,
    '',
    `For the demo, a key set is fresh for ${KEYS.fresh_seconds} s and fetched every ${KEYS.cooldown_seconds} ` +
      's at most, instead of 600 and 30.',
  ].join('\n');
}

async function main() {
  const { once } = parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
  const ending = new AbortController();
  // Once each, so that a second Ctrl-C ends this process at once. The keeper of the worker cleans up.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => ending.abort(new Error(name)));
  // The reader of the output has gone away, for example in `npm run demo | head`.
  process.stdout.on('error', () => ending.abort(new Error('nobody reads this any more')));
  try {
    return await demo({ once, signal: ending.signal });
  } catch (error) {
    if (ending.signal.aborted) return 130;
    throw error;
  }
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`\ndemo: ${error.message}`);
    process.exit(1);
  },
);
