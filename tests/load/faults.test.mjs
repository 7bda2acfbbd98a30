// Each part is killed once and restarted a second later. What is lost is counted, and nothing is timed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/tools.mjs';
import { Ledger } from '../../soak/ledger.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const folder = temporaryFolder();

describe('each part killed under load', { timeout: 500_000 }, () => {
  let result;

  before(async () => {
    const json = join(folder, 'faults.json');
    const run = promisify(execFile)(
      process.execPath,
      [join(root, 'soak', 'faults.mjs'), '--seconds', '1', '--json', json],
      { timeout: 480_000 },
    );
    await run.catch((error) => assert.fail(`${error.message}\n${error.stdout}`));
    result = JSON.parse(readFileSync(json, 'utf8'));
  });

  it('keeps every promise', () => {
    assert.equal(result.promises.length, 5);
    assert.deepEqual(
      result.promises.filter(({ kept }) => !kept),
      [],
    );
    assert.deepEqual(result.surprises, []);
  });

  it('says what was lost', () => {
    const lost = Object.fromEntries(result.rows.map(({ name, losses }) => [name, Object.keys(losses)]));
    assert.deepEqual(lost['identity providers'], []);
    assert.ok(lost.backend.includes('upstream_unreachable'));
    assert.ok(lost.worker.includes('connection refused'));
    for (const { name, sent, right, losses, unexpected, after } of result.rows) {
      assert.equal(sent, right + Object.values(losses).reduce((a, b) => a + b, 0), name);
      assert.deepEqual(unexpected, { count: 0, examples: [] }, name);
      assert.ok(after > 0, name);
    }
  });

  it('lets nothing hostile through', () => {
    assert.ok(result.hostile.sent > 0);
    assert.deepEqual([result.hostile.right, result.hostile.wrong, result.breaches.length], [0, 0, 0]);
  });
});

describe('what was lost', () => {
  const window = { killedAt: 100, upAt: 200 };
  const refused = (code, sentAt, answeredAt) => ({ kind: 'any', verdict: 'refused', code, sentAt, answeredAt });
  const unexpected = (part, ...outcomes) => {
    const ledger = new Ledger(part);
    outcomes.forEach((outcome) => ledger.add(outcome));
    return ledger.unexpected(window).count;
  };

  it('may be lost only while the part is down, with the code that says so', () => {
    assert.equal(
      unexpected(
        'backend',
        refused('upstream_unreachable', 90, 110),
        refused('upstream_unreachable', 150, 160),
        refused('upstream_unreachable', 190, 210),
      ),
      0,
    );
    assert.equal(unexpected('backend', refused('upstream_unreachable', 80, 90)), 1);
    assert.equal(unexpected('backend', refused('upstream_unreachable', 201, 210)), 1);
    assert.equal(unexpected('backend', refused('upstream_timeout', 150, 160)), 1);
    assert.equal(unexpected('backend', { kind: 'any', verdict: 'wrong', sentAt: 150, answeredAt: 160 }), 1);
    assert.equal(unexpected('worker', refused('connection refused', 150, 160)), 0);
    assert.equal(unexpected('worker', refused('silence', 150, 160)), 1);
    assert.equal(unexpected('issuer', refused('connection broken', 150, 160)), 1);
  });

  it('is told from what was answered afterwards', () => {
    const ledger = new Ledger('worker');
    for (const sentAt of [190, 210, 220])
      ledger.add({ kind: 'any', verdict: 'right', sentAt, answeredAt: sentAt + 15 });
    assert.deepEqual(ledger.after(200), { first: 225, count: 2 });
    assert.equal(ledger.after(200, 230).count, 1);
    assert.deepEqual([ledger.sent, ledger.right, ledger.losses], [3, 3, {}]);
  });
});
