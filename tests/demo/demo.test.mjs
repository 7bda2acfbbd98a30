// The demo as a user runs it: real wrangler, real signals, and the printed commands in a real shell.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { descendants, survivors } from './processes.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const started = [];

// The expected status, code and backend, written down here again on purpose.
const TABLE = `
From a Merchant Center application, through its gateway
  GET · 200 · · reached
  GET with a query · 200 · · reached
  GET, permissions asked for · 200 · · reached
  POST with a body · 200 · · reached
  GET with forged identity headers · 200 · · reached
  GET of an ambiguous path (%2f) · 400 · path_ambiguous · –
From a JTL front end, with X-Session-ID
  GET · 200 · · reached
  POST with a body · 200 · · reached
  GET with forged identity headers · 200 · · reached
  expired · 401 · token_expired · –
  tampered payload · 401 · signature_invalid · –
  tampered signature · 401 · signature_invalid · –
  alg: none · 401 · algorithm_not_allowed · –
  HMAC with the public key · 401 · algorithm_not_allowed · –
Straight to the worker, with a changed or stolen token
  no token · 401 · token_missing · –
  two tokens, both valid · 400 · credential_ambiguous · –
  expired · 401 · token_expired · –
  wrong audience: stolen from another path · 401 · audience_mismatch · –
  wrong issuer · 401 · issuer_mismatch · –
  wrong type · 401 · claim_mismatch · –
  tampered payload · 401 · signature_invalid · –
  tampered signature · 401 · signature_invalid · –
  signed with the attacker's own key · 401 · signature_invalid · –
  the same, with that key in the token · 401 · signature_invalid · –
  alg: none · 401 · algorithm_not_allowed · –
  HMAC with the public key · 401 · algorithm_not_allowed · –
  a claim twice · 401 · claims_malformed · –
  unknown critical extension · 401 · header_critical · –
Keys replaced: the worker fetches the new set when it meets a new key
  Merchant Center, new key · 200 · · reached
  Merchant Center, token of the old key · 401 · key_unknown · –
  JTL, new key · 200 · · reached
Key sets cannot be had
  Merchant Center, set older than fresh · 200 · · reached
  JTL, set older than fresh · 200 · · reached
  another region, set never seen · 503 · keys_unavailable · –
  the same, once it is up again · 200 · · reached`;

/** Starts the demo: `{ process, output(), exited, until(text) }`. */
function start(...args) {
  const demo = spawn(process.execPath, ['sim/demo.mjs', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(demo);
  let output = '';
  for (const stream of [demo.stdout, demo.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const exited = once(demo, 'close').then(([code, signal]) => signal ?? code);
  const until = async (text) => {
    while (!output.includes(text)) {
      assert.equal(demo.exitCode, null, output);
      await sleep(50);
    }
  };
  return { process: demo, output: () => output, exited, until };
}

after(() => started.forEach((demo) => demo.kill('SIGKILL')));

/** Returns the rows in the form of TABLE. The columns are at fixed places. */
function table(output) {
  const lines = output.slice(output.indexOf('what was sent'), output.indexOf('rows are')).split('\n').slice(1, -1);
  const row = (line) =>
    `  ${[[2, 44], [44, 52], [52, 75], [75]]
      .map((place) => line.slice(...place).trim())
      .join(' · ')
      .replace('·  ·', '· ·')}`;
  return ['', ...lines.filter(Boolean).map((line) => (/^[✔✘]/.test(line) ? row(line) : line))].join('\n');
}

/** Returns the commands that the demo prints, by their descriptions. */
function printedCommands(output) {
  const blocks = output
    .slice(output.indexOf('Try it'))
    .split('\n\n')
    .filter((block) => block.includes(':\n  '));
  return Object.fromEntries(
    blocks.map((block) => [block.slice(0, block.indexOf(':\n')), block.slice(block.indexOf('\n') + 1)]),
  );
}

function shell(command, options) {
  return new Promise((resolve) =>
    execFile('sh', ['-c', command], { cwd: ROOT, ...options }, (_error, stdout) => resolve(stdout)),
  );
}

describe('the demo', { timeout: 120_000 }, () => {
  it('--once prints the whole table and ends with 0; a second one at the same time does not disturb it', async () => {
    const demos = [start('--once'), start('--once')];
    await Promise.all(demos.map((demo) => demo.until('Sending requests')));
    const processes = demos.flatMap((demo) => descendants(demo.process.pid));
    assert.ok(processes.filter(({ command }) => command.includes('workerd')).length >= 2);
    for (const demo of demos) {
      assert.equal(await demo.exited, 0, demo.output());
      assert.equal(table(demo.output()), TABLE);
      assert.match(demo.output(), /^All 35 rows are as they must be\.$/m);
      assert.match(
        demo.output(),
        /sent:\n {2}x-verified-user +admin\n[^]*received:\n[^]* {2}x-verified-user +user-1\n/,
      );
      assert.doesNotMatch(demo.output(), /\u001b|curl|wrangler:/);
      assert.ok(
        demo
          .output()
          .split('\n')
          .every((line) => line.length <= 100),
      );
    }
    const ports = demos.map((demo) => demo.output().match(/^ +worker +http:\/\/127\.0\.0\.1:(\d+)$/m)[1]);
    assert.notEqual(ports[0], ports[1]);
    assert.deepEqual(await survivors(processes), []);
  });

  it('without --once stays up, prints commands that work, and ends on Ctrl-C with all that it started', async () => {
    const demo = start();
    await demo.until('Ctrl-C ends everything.');
    const commands = printedCommands(demo.output());
    const names = Object.keys(commands);
    const run = (start) => shell(commands[names.find((name) => name.startsWith(start))]);
    assert.equal(names.length, 9);
    const [, playground] = demo.output().match(/^The same and more in a browser: (http:\/\/127\.0\.0\.1:\d+)$/m);
    assert.match(await (await fetch(playground)).text(), /<title>Drawbridge playground<\/title>/);
    assert.equal((await (await fetch(`${playground}/api/state`)).json()).health.sources.length, 4);
    assert.ok(
      demo
        .output()
        .split('\n')
        .every((line) => line.length <= 102),
      'a line is too long',
    );

    const viaGateway = async () => {
      const answer = await run('A request as a Merchant Center application');
      assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(answer, /\["x-verified-permissions","canViewOrders canManageOrders canViewProducts"\]/);
    };
    await viaGateway();
    const fromJtl = await run('A request as a JTL front end');
    assert.match(fromJtl, /^HTTP\/1\.1 200 OK\r\n[^]*\["x-verified-tenant","tenant-1"\]/);
    assert.match(await run('Refused: an expired token'), /^HTTP\/1\.1 401 [^]*"code":"token_expired"/);
    assert.match(await run('Refused: no token'), /^HTTP\/1\.1 401 [^]*"code":"token_missing"/);

    await sleep(1_200); // the cooldown
    assert.match(await run("Replace the gateway's key"), /^\{"signer":/);
    await viaGateway();
    assert.match(await run("Take the gateway's key set down"), /"jwks":\{"mode":"down"\}/);
    await sleep(3_200); // until the key set is no longer fresh
    await viaGateway();
    assert.match(await run('And up again'), /"jwks":\{"mode":"ok"\}/);
    await sleep(1_200);
    await viaGateway();
    assert.equal(JSON.parse(await run('How many requests')).requests, 5);
    // This command runs until it is stopped. It replaces the shell; otherwise only the shell would be stopped.
    const follow = commands[names.find((name) => name.startsWith("The worker's log lines"))];
    const log = await shell(`exec ${follow}`, { timeout: 1_000 });
    assert.match(log, /"event":"keys_refresh_failed"/);

    const processes = descendants(demo.process.pid);
    const interrupted = Date.now();
    demo.process.kill('SIGINT');
    assert.equal(await demo.exited, 0);
    assert.ok(Date.now() - interrupted < 3_000);
    assert.deepEqual(await survivors(processes), []);
  });

  it('leaves nothing running when it is killed', async () => {
    const demo = start();
    await demo.until('Sending requests');
    const processes = descendants(demo.process.pid);
    assert.ok(processes.some(({ command }) => command.includes('workerd')));
    demo.process.kill('SIGKILL');
    assert.deepEqual(await survivors(processes), []);
  });

  it('ends with an error when wrangler does, and leaves nothing running', async () => {
    const demo = start();
    await demo.until('Sending requests');
    const processes = descendants(demo.process.pid);
    const wrangler = processes.find(({ command }) => command.includes('wrangler-dist'));
    process.kill(wrangler.pid, 'SIGKILL');
    assert.equal(await demo.exited, 1);
    assert.match(demo.output(), /demo: wrangler dev ended by itself .*What it said last:/);
    assert.deepEqual(await survivors(processes), []);
  });
});
