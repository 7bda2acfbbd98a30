// Compares the playground's tables with what they describe.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { STEPS, verdicts } from '../../sim/demo/steps.mjs';
import { MODES } from '../../sim/fault.mjs';
import { ROTATIONS } from '../../sim/keys.mjs';
import * as labels from '../../sim/playground/labels.js';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const states = (result) => result.map(({ state }) => state);

describe('the steps of the pipeline', () => {
  it('hold every code of src/rejection.rs, each once', () => {
    const [, body] = read('src/rejection.rs').match(/pub fn code\(&self\)[^{]*\{([^]*?)\n {4}\}/);
    const codes = [...body.matchAll(/=> "([a-z_]+)"/g)].map(([, code]) => code);
    const variants = body.match(/Self::/g).length;
    assert.equal(codes.length, variants);
    assert.deepEqual(STEPS.flatMap((step) => step.codes).sort(), codes.sort());
  });

  it('are those that src/lib.rs numbers', () => {
    const numbers = [...read('src/lib.rs').matchAll(/^\/\/! (\d+)\. /gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      STEPS.map(({ number }) => number),
      numbers,
    );
  });

  it('end where the refusal says', () => {
    const [passed, unreached] = [Array(8).fill('passed'), Array(8).fill('unreached')];
    assert.deepEqual(states(verdicts({ code: '' })), passed);
    for (const { number, codes } of STEPS) {
      for (const code of codes) {
        const expected = [...passed.slice(0, number - 1), 'stopped', ...unreached.slice(number)];
        // The issuer is looked up before the signature is checked, and the payload is read for that.
        if (code === 'issuer_mismatch' || code === 'claims_malformed') expected[4] = 'begun';
        assert.deepEqual(states(verdicts({ code })), expected, code);
      }
    }
  });

  it('skip what is about identity on a public route', () => {
    assert.deepEqual(states(verdicts({ code: '', isPublic: true })), [
      'passed',
      'passed',
      'passed',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
      'passed',
    ]);
  });
});

describe('the labels of the page', () => {
  const all = (table, names) => assert.deepEqual(Object.keys(table).sort(), [...names].sort());

  it('name every fault and every rotation of the simulation', () => {
    all(labels.FAULTS, Object.keys(MODES));
    all(labels.ROTATIONS, ROTATIONS);
  });

  it('name every state of keys that the worker reports', () => {
    const [, body] = read('src/keys/cache/messages.rs').match(/pub enum KeyState \{([^]*?)\n\}/);
    all(
      labels.STATES,
      [...body.matchAll(/^ {4}([A-Z]\w+),$/gm)].map(([, name]) => name.toLowerCase()),
    );
  });

  it('name every state of a step', () => {
    all(
      labels.STEP_STATES,
      new Set(STEPS.flatMap(({ codes }) => codes).flatMap((code) => states(verdicts({ code, isPublic: true })))),
    );
  });
});
