// Every worker does its job: a good token arrives as an identity, a bad one is refused.
import assert from 'node:assert/strict';
import { SCENARIOS, requestWith } from '../scenario.mjs';
import { PASS_THROUGH, WORKERS } from '../workers.mjs';

const COUNT = 20;
// What a client must not be able to claim about itself.
const FORGED = { 'x-verified-user': 'mallory', 'x-verified-project': 'other', 'x-verified-permissions': 'all' };

export async function smoke(stage) {
  const checked = [];
  for (const [label, scenario] of Object.entries(SCENARIOS)) {
    await stage.sign('good', scenario, COUNT);
    await stage.sign('bad', scenario, 1, { exp: 1 });
    for (const name of WORKERS) {
      const worker = await stage.startWorker(name, scenario);
      try {
        await check(stage, worker, scenario);
      } catch (error) {
        throw new Error(`${name}, ${label}: ${error.message}\n${worker.log()}`, { cause: error });
      } finally {
        await worker.end();
      }
      checked.push({ worker: name, scenario: label });
    }
  }
  return { checked };
}

async function check(stage, worker, scenario) {
  const usual = requestWith();
  const request = { ...usual, headers: { ...usual.headers, ...FORGED } };
  const { statuses } = await stage.send(worker, { tokens: 'good', count: COUNT, request });
  assert.deepEqual(statuses, { 200: COUNT });
  const headers = await stage.backend.call('lastHeaders');
  if (worker.name === PASS_THROUGH) return;
  assert.deepEqual(identityIn(headers), expected(scenario.claims(stage.urls.issuer), headers));
  assert.equal(headers.authorization, undefined);
  assert.equal(headers['x-correlation-id'], usual.headers['x-correlation-id']);

  const refused = await stage.send(worker, { tokens: 'bad', count: 1 });
  assert.deepEqual(refused.statuses, { 401: 1 });
  assert.deepEqual(await stage.backend.call('lastHeaders'), {}, 'a refused request has reached the origin');
}

const identityIn = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-verified-')));

function expected(claims, { 'x-verified-expires': expires }) {
  assert.ok(Math.abs(Number(expires) - claims.exp) < 60, `x-verified-expires: ${expires}`);
  const project = claims[`${claims.iss}/claims/project_key`];
  return {
    'x-verified-provider': 'bench',
    'x-verified-issuer': claims.iss,
    'x-verified-user': claims.sub,
    ...(project && { 'x-verified-project': project }),
    'x-verified-permissions': claims[`${claims.iss}/claims/user_permissions`]?.join(' ') ?? claims.scope,
    'x-verified-expires': expires,
  };
}
