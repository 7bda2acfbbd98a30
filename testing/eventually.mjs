import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for what happens after an answer: repeats `check` until it does not throw, and returns what it returns. */
export async function eventually(check, attempts = 200) {
  try {
    return await check();
  } catch (error) {
    if (attempts === 0) throw error;
  }
  await sleep(25);
  return eventually(check, attempts - 1);
}
