// Checks the dependencies: licences, sources and duplicates of crates (deny.toml), and known advisories for
// crates and npm packages. The advisories are on the internet. If they are unreachable, the audit says so; with
// --strict it fails.
import { spawnSync } from 'node:child_process';
import { Stop } from './command.mjs';
import { provideTool } from './setup.mjs';
import { CARGO_DENY, root } from './tools.mjs';

// The worker and the command line. Without `--workspace`, cargo-deny looks at the root package only.
const CRATES = ['--locked', '--workspace', '--exclude', 'drawbridge-fuzz'];
const strict = process.argv.includes('--strict');
const UNREACHABLE = new RegExp(
  [
    'failed to fetch advisory database',
    'failed to clone',
    'failed to open advisory database',
    'unable to fetch',
    'audit endpoint returned an error',
    'ENOTFOUND',
    'ECONNREFUSED',
    'EAI_AGAIN',
    'ETIMEDOUT',
  ].join('|'),
  'i',
);

const results = [];

function check(name, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const output = `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim();
  const result = status === 0 ? 'passed' : UNREACHABLE.test(output) ? 'not checked' : 'FAILED';
  results.push(result);
  console.log(`audit: ${name}: ${result}`);
  if (result === 'FAILED') console.log(output);
  if (result === 'not checked') console.log(`audit:   its database cannot be reached from here: ${lastLine(output)}`);
}

const lastLine = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => UNREACHABLE.test(line))
    .at(-1);

try {
  const deny = await provideTool(CARGO_DENY);
  const checks = {
    licences: 'licenses',
    'sources of crates': 'sources',
    'duplicates and bans': 'bans',
    'advisories for crates': 'advisories',
  };
  for (const [name, which] of Object.entries(checks))
    check(name, deny, [...CRATES, '--log-level', 'error', 'check', '--hide-inclusion-graph', which]);
  check('advisories for npm packages', 'npm', ['audit', '--audit-level=low']);
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`audit cannot go on: ${error.message}`);
  process.exitCode = 1;
}
if (results.includes('FAILED') || (strict && results.includes('not checked'))) process.exitCode = 1;
