// How often something is measured: as often as asked for, or for as long as there is time.

const AT_LEAST = 6;

/** 0, 1, … below `rounds`; ends early when that many minutes are over, but not before the sixth. */
export function* turns(rounds, minutes) {
  const end = performance.now() + minutes * 60_000;
  for (let round = 0; round < rounds; round += 1) {
    if (round >= AT_LEAST && performance.now() > end) return;
    yield round;
  }
}
