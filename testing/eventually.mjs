// @ts-check
// Waiting for what happens after an answer.
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;
const PATIENCE_MS = 10_000;

/**
 * Repeats `check` until it does not throw, and returns what it returns.
 *
 * @template Result
 * @param {() => Result | Promise<Result>} check
 * @param {number} [patienceMs]
 * @returns {Promise<Result>}
 */
export async function eventually(check, patienceMs = PATIENCE_MS) {
  for (const end = performance.now() + patienceMs; ; await sleep(POLL_MS)) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

/**
 * Waits until something holds; after that time, `otherwise` says what does not.
 *
 * @param {() => unknown} holds
 * @param {string} otherwise
 * @param {number} [patienceMs]
 */
export async function until(holds, otherwise, patienceMs) {
  await eventually(async () => {
    if (!(await holds())) throw new Error(otherwise);
  }, patienceMs);
}
