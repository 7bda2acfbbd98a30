// How often something is measured: as often as asked for, or until the time is up.

const AT_LEAST = 6;

/** Yields 0, 1, … below `rounds`. It ends early after `minutes`, but never before the sixth. */
export function* turns(rounds, minutes) {
  const end = performance.now() + minutes * 60_000;
  for (let round = 0; round < rounds; round += 1) {
    if (round >= AT_LEAST && performance.now() > end) return;
    yield round;
  }
}
