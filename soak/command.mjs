// What `npm run soak` and `npm run faults` share: options, output, exit status, a time limit.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * Runs `run({ seconds, say })` and prints `show(result)`. The exit status is 1 unless every promise was kept.
 * `name` is the npm script; `fallback` is the default for the seconds; the run is given up after
 * `limit(seconds)` seconds.
 */
export async function command({ name, about, fallback, limit, run, show }) {
  const options = optionsOf(fallback);
  if (!options) {
    process.exitCode = process.argv.includes('--help') ? 0 : 2;
    return console.log(
      `npm run ${name} -- [options]\n\n  --seconds N   ${about}; default: ${fallback}\n` +
        '  --json FILE   also write everything as JSON\n',
    );
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
  setTimeout(
    () => fail(new Error(`not done after ${limit(options.seconds)} seconds`)),
    limit(options.seconds) * 1000,
  ).unref();
  const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  try {
    const result = await run({ seconds: options.seconds, say });
    if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
    console.log(show(result));
    if (result.surprises.length > 0)
      console.log(`\nUnexpected, the first few: ${JSON.stringify(result.surprises, null, 2)}`);
    if (result.breaches.length > 0)
      console.log(`\nLet through, the first few: ${JSON.stringify(result.breaches.slice(0, 10), null, 2)}`);
    process.exitCode = result.promises.every(({ kept }) => kept) ? 0 : 1;
  } catch (error) {
    fail(error);
  }
}

function optionsOf(fallback) {
  try {
    const { values } = parseArgs({
      options: { seconds: { type: 'string', default: String(fallback) }, json: { type: 'string' } },
    });
    const seconds = Number(values.seconds);
    return Number.isFinite(seconds) && seconds > 0 ? { ...values, seconds } : undefined;
  } catch {
    return undefined;
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}
