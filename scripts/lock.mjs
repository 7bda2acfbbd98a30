// Allows one set-up at a time, whichever shell or clone it runs in.
import { mkdirSync, rmdirSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 2_000;
const STALE_MS = 15_000;

/**
 * Takes the lock and returns the function that releases it. The lock is a folder, since creating a folder is
 * atomic. Its holder keeps touching it, so that the lock of a killed process becomes stale.
 *
 * Two processes that take over a stale lock in the same instant may both hold it. That costs only time, since
 * what is installed is put in place by one rename.
 */
export async function acquire(folder, onWait = () => {}, staleMs = STALE_MS) {
  for (let told = false; !create(folder);) {
    if (age(folder) > staleMs) {
      remove(folder);
      continue;
    }
    if (!told) onWait();
    told = true;
    await sleep(200);
  }
  const beat = setInterval(() => touch(folder), BEAT_MS);
  const release = () => {
    clearInterval(beat);
    process.off('exit', release);
    remove(folder);
  };
  process.on('exit', release);
  return release;
}

function create(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

const age = (folder) => Date.now() - (quietly(() => statSync(folder).mtimeMs) ?? Date.now());
const touch = (folder) => quietly(() => utimesSync(folder, new Date(), new Date()));
const remove = (folder) => quietly(() => rmdirSync(folder));

// The folder may vanish between any two calls, when another process releases the lock.
function quietly(action) {
  try {
    return action();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  }
}
