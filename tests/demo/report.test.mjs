// The demo's table, from rows to text and exit code.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forgery, painter, report } from '../../sim/demo/report.mjs';

const accepted = {
  group: 'Good',
  what: 'GET',
  expected: { status: 200, code: '', reached: 1, identity: { 'x-verified-user': 'user-1' } },
  found: { status: 200, code: '', reached: 1, identity: { 'x-verified-user': 'user-1' }, body: '' },
};
const refused = {
  group: 'Bad',
  what: 'expired',
  expected: { status: 401, code: 'token_expired', reached: 0 },
  found: { status: 401, code: 'token_expired', reached: 0 },
};
const found = (row, changes) => ({ ...row, found: { ...row.found, ...changes } });

describe('the report', () => {
  it('is a table, with exit code 0, when all rows are right', () => {
    const { text, exitCode } = report([accepted, refused, { ...refused, what: 'expired again' }]);
    assert.equal(exitCode, 0);
    assert.equal(
      text,
      `
  what was sent                             status  code                   backend

Good
✔ GET                                       200                            reached

Bad
✔ expired                                   401     token_expired          –
✔ expired again                             401     token_expired          –

All 3 rows are as they must be.`.slice(1),
    );
  });

  /** @type {[name: string, rows: any[], line: string, fault: string][]} */
  const wrong = [
    [
      'status',
      [accepted, found(refused, { status: 403 })],
      '✘ expired                                   403     token_expired          –',
      'status must be 401, not 403',
    ],
    [
      'code',
      [accepted, found(refused, { code: '' })],
      '✘ expired                                   401                            –',
      'code must be "token_expired", not ""',
    ],
    [
      'backend that was reached',
      [accepted, found(refused, { reached: 1 })],
      '✘ expired                                   401     token_expired          reached',
      'reached must be 0, not 1',
    ],
    [
      'backend reached twice',
      [found(accepted, { reached: 2 }), refused],
      '✘ GET                                       200                            2 times',
      'reached must be 1, not 2',
    ],
    [
      'identity',
      [found(accepted, { identity: { 'x-verified-user': 'admin' } }), refused],
      '✘ GET                                       200                            reached',
      'identity must be {"x-verified-user":"user-1"}, not {"x-verified-user":"admin"}',
    ],
  ];
  for (const [name, rows, line, fault] of wrong) {
    it(`marks a row with a wrong ${name}, and the exit code is 1`, () => {
      const { text, exitCode } = report(rows);
      assert.equal(exitCode, 1);
      const lines = text.split('\n');
      assert.equal(lines[lines.indexOf(line) + 1], `    ${fault}`, text);
      assert.equal(text.match(/^✔/gm).length, 1);
      assert.equal(lines.at(-1), '1 of 2 rows are not as they must be; they are marked with ✘.');
    });
  }

  it('has colours only where they are asked for', () => {
    assert.match(report([accepted], painter(true)).text, /\u001b\[32m✔/);
    assert.doesNotMatch(report([accepted]).text, /\u001b/);
  });
});

it('shows what was forged beside what was received', () => {
  const row = {
    ...found(accepted, { received: [['x-verified-user', 'user-1']] }),
    forged: { 'x-verified-user': 'admin' },
  };
  assert.match(forgery(row), /sent:\n {2}x-verified-user +admin\nThe backend received:\n {2}x-verified-user +user-1$/);
});
