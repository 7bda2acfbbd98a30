// The durations of everything that has its own: realistic ones, and short ones for a run of a few seconds.

const LONG = {
  // Seconds instead of minutes, so that a run sees many refreshes and stale sets.
  keys: { fresh_seconds: 10, cooldown_seconds: 2, timeout_ms: 2000, wait_ms: 500 },
  outageMillis: 15_000,
  calmMillis: 5000,
  silentMillis: 2000,
  everyMillis: 1000,
  idle: 4000,
  clients: { valid: 12, hostile: 12, plain: 1, raw: 1, silent: 4, slow: 30 },
};

export const SHORT = {
  keys: { fresh_seconds: 1, cooldown_seconds: 1, timeout_ms: 5000, wait_ms: 200 },
  outageMillis: 1500,
  calmMillis: 100,
  silentMillis: 500,
  everyMillis: 10,
  idle: 200,
  // Few clients, which leaves room for other work on the machine.
  clients: { valid: 4, hostile: 4, plain: 1, raw: 1, silent: 2, slow: 12 },
};

/** Returns the pace for a run of that many seconds. */
export const paceFor = (seconds) => (seconds < 60 ? SHORT : LONG);
