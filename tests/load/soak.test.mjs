// A soak of a few seconds. Its result does not depend on the speed of the machine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/tools.mjs';
import { HOSTILE } from '../../soak/hostile.mjs';
import { isExpected, promisesOf } from '../../soak/promises.mjs';
import { RAW_PLAIN, RAW_REFUSED } from '../../soak/raw.mjs';
import { VALID } from '../../soak/valid.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const folder = temporaryFolder();
const soak = (...args) =>
  promisify(execFile)(process.execPath, [join(root, 'soak', 'main.mjs'), ...args], { timeout: 480_000 });

describe('a soak of a few seconds', { timeout: 500_000 }, () => {
  let result;
  const row = (kind) => result.rows.find((row) => row.kind === kind);

  before(async () => {
    const json = join(folder, 'soak.json');
    const { stdout } = await soak('--seconds', '4', '--json', json).catch((error) =>
      assert.fail(`${error.message}\n${error.stdout}`),
    );
    result = JSON.parse(readFileSync(json, 'utf8'));
    assert.match(stdout, /\| valid requests, p50, p99/);
  });

  it('keeps every promise', () => {
    assert.ok(result.promises.length >= 10);
    assert.deepEqual(
      result.promises.filter(({ kept }) => !kept),
      [],
    );
    assert.deepEqual(result.surprises, []);
  });

  it('answers every valid request of every kind', () => {
    for (const kind of [...VALID, RAW_PLAIN]) {
      const { sent, right } = row(kind);
      assert.ok(sent > 0, kind);
      assert.equal(right, sent, kind);
    }
  });

  it('lets nothing hostile of any kind through', () => {
    for (const kind of [...HOSTILE, RAW_REFUSED]) {
      const { sent, right, wrong } = row(kind);
      assert.ok(sent > 0, kind);
      assert.deepEqual([right, wrong], [0, 0], kind);
    }
    assert.deepEqual(result.breaches, []);
  });

  it('refuses hostile tokens for every reason in the catalogue', () => {
    const codes = new Set(result.rows.flatMap(({ codes }) => Object.keys(codes)));
    for (const code of [
      'algorithm_not_allowed',
      'audience_mismatch',
      'credential_ambiguous',
      'header_critical',
      'issuer_mismatch',
      'key_unknown',
      'path_ambiguous',
      'permission_denied',
      'signature_invalid',
      'token_expired',
      'token_missing',
      'token_too_large',
    ])
      assert.ok(codes.has(code), code);
  });

  it('went on while keys rotated and an identity provider was down', () => {
    assert.ok(result.schedule.rotations >= 1);
    assert.ok(Object.values(result.schedule.outages).some((count) => count >= 1));
  });

  it('breaks a promise for every single thing that goes wrong', () => {
    const kinds = [...HOSTILE, RAW_REFUSED, RAW_PLAIN];
    const changes = {
      'a valid request is refused': (r) => (r.valid.right -= 1),
      'a valid request is answered wrongly': (r) => (r.valid.unexpected += 1),
      'a hostile request has reached the backend': (r) => r.breaches.push({ fault: 'a hostile request' }),
      'a hostile request is answered with 200': (r) => (r.hostile.wrong += 1),
      'a hostile request is refused with 500': (r) => (r.hostile.unexpected += 1),
      'something was not tried': (r) => r.untried.push('mc unsigned'),
      'a kind was not sent': (r) => (r.rows = r.rows.filter(({ kind }) => kind !== HOSTILE[0])),
      'keys did not rotate': (r) => (r.schedule.rotations = 0),
      'memory grows': (r) => Object.assign(r.memory, { enough: true, flat: false }),
      'a request to the silent backend did not get 504': (r) =>
        (r.rows.find(({ side }) => side === 'silent').unexpected = 1),
      'a slow client was let down': (r) => (r.rows.find(({ side }) => side === 'slow').unexpected = 1),
      'a connection was not accepted': (r) => (r.idle.failed = 1),
      'the worker has thrown': (r) => Object.assign(r.lines, { others: 1, examples: ['Uncaught'] }),
    };
    for (const [name, change] of Object.entries(changes)) {
      const changed = structuredClone(result);
      change(changed);
      assert.equal(promisesOf(changed, kinds).filter(({ kept }) => !kept).length, 1, name);
    }
  });
});

it('the soak knows what must become of a request', () => {
  const outcome = (side, verdict, code) => ({ side, kind: 'any', verdict, code });
  const expected = [
    outcome('valid', 'right'),
    outcome('hostile', 'refused', 'token_expired'),
    outcome('hostile', 'refused', 400),
    outcome('hostile', 'lost', 'connection broken'),
    outcome('silent', 'refused', 'upstream_timeout'),
    outcome('slow', 'unfinished'),
  ];
  const unexpected = [
    outcome('valid', 'refused', 'key_unknown'),
    outcome('valid', 'wrong'),
    outcome('valid', 'lost', 'silence'),
    outcome('hostile', 'wrong'),
    outcome('hostile', 'refused', 'keys_unavailable'),
    outcome('hostile', 'refused', 500),
    outcome('silent', 'lost', 'silence'),
    outcome('silent', 'wrong'),
    outcome('slow', 'refused', 'upstream_timeout'),
  ];
  assert.deepEqual(
    expected.filter((one) => !isExpected(one)),
    [],
  );
  assert.deepEqual(unexpected.filter(isExpected), []);
});

it('an option that is none is refused', async () => {
  await assert.rejects(soak('--seconds', 'long'), { code: 2 });
  await assert.rejects(soak('--minutes', '1'), { code: 2 });
});
