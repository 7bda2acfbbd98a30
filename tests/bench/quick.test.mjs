// The bench measures workers that do what it says. Nothing here depends on time.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../scripts/tools.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const run = promisify(execFile);
const folder = temporaryFolder();

const bench = (...args) => run(process.execPath, [join(root, 'bench', 'main.mjs'), ...args], { timeout: 60_000 });

describe('the bench', () => {
  it('finds that every worker lets good requests through with the identity, and refuses bad ones', async () => {
    const json = join(folder, 'quick.json');
    await bench('--quick', '--json', json);
    const { quick } = JSON.parse(readFileSync(json, 'utf8'));
    const names = ['pass-through', 'jose', 'hono', 'Drawbridge'];
    assert.deepEqual(
      quick.checked,
      ['RS256', 'EdDSA'].flatMap((scenario) => names.map((worker) => ({ worker, scenario }))),
    );
  });

  it('refuses an option that it does not know', async () => {
    await assert.rejects(bench('--only', 'everything'), { code: 2 });
    await assert.rejects(bench('--rounds', '0'), { code: 2 });
  });
});
