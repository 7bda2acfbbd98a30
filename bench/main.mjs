// The bench compares Drawbridge with workers that could be used instead. `node bench/main.mjs --help`.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, machine } from '../testing/machine.mjs';
import { cost, showCost } from './parts/cost.mjs';
import { growth, showGrowth } from './parts/growth.mjs';
import { showSignatures, signatures } from './parts/signatures.mjs';
import { smoke } from './parts/smoke.mjs';
import { showStartup, startup } from './parts/startup.mjs';
import { showVerification, verification } from './parts/verification.mjs';
import { setStage } from './stage.mjs';
import { table } from '../testing/table.mjs';

const LIMIT_MINUTES = 10;
const PARTS = {
  cost: { run: cost, show: showCost },
  verification: { run: verification, show: showVerification },
  startup: { run: startup, show: showStartup },
  growth: { run: growth, show: showGrowth },
  signatures: { run: signatures, show: showSignatures },
};

const HELP = `npm run bench -- [options]

  --only PART     ${Object.keys(PARTS).join(', ')}; may be given several times; default: all
  --rounds N      rounds of each measurement, of some parts at most a few; default: 30
  --json FILE     also write everything as JSON
  --quick         only check that every worker lets good requests through and refuses bad ones
`;

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
      rounds: { type: 'string', default: '30' },
      json: { type: 'string' },
      quick: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const rounds = Number(values.rounds);
  const unknown = values.only.filter((name) => !(name in PARTS));
  if (values.help || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    process.exitCode = values.help ? 0 : 2;
    return console.log(HELP);
  }
  setTimeout(() => fail(new Error(`not done after ${LIMIT_MINUTES} minutes`)), LIMIT_MINUTES * 60_000).unref();
  const stage = await setStage();
  const save = (result) => values.json && writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  if (values.quick) await checkAll(stage, save);
  else await measureAll(stage, values.only, rounds, save);
  await stage.end();
}

async function checkAll(stage, save) {
  const quick = await smoke(stage);
  save({ quick });
  console.log(`every worker lets good requests through and refuses bad ones: ${quick.checked.length} checked`);
}

async function measureAll(stage, names, rounds, save) {
  const result = { machine: machine(), load: load() };
  console.log(
    `${table(['machine', ''], Object.entries(result.machine))}\n\nload average at the start: ` +
      `${result.load.toFixed(2)}\n`,
  );
  const say = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  for (const name of names) {
    const { run, show } = PARTS[name];
    result[name] = await run(stage, { rounds, say });
    console.log(`## ${name}\n\n${show(result[name])}\n`);
    save(result);
  }
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
await main().catch(fail);
