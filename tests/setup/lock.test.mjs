import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { acquire } from '../../scripts/lock.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const scratch = temporaryFolder();

test('the second waits until the first has given the lock back', async () => {
  const folder = join(scratch, 'waits');
  const order = [];
  const release = await acquire(folder);
  const second = acquire(folder, () => order.push('second waits')).then((giveBack) => {
    order.push('second has it');
    giveBack();
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  order.push('first gives back');
  release();
  await second;
  assert.deepEqual(order, ['second waits', 'first gives back', 'second has it']);
  assert.equal(existsSync(folder), false);
});

test('the lock of a process that was killed is taken over', async () => {
  const folder = join(scratch, 'stale');
  mkdirSync(folder);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(folder, longAgo, longAgo);
  const release = await acquire(folder, () => assert.fail('waited for a stale lock'));
  release();
});

test('a process that ends gives its lock back', async () => {
  const folder = join(scratch, 'exit');
  const script = `import { acquire } from ${JSON.stringify(new URL('../../scripts/lock.mjs', import.meta.url).href)};
    await acquire(process.argv[1]); process.exit(3);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder]);
  const [status] = await once(child, 'exit');
  assert.equal(status, 3);
  assert.equal(existsSync(folder), false);
});
