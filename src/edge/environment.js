/**
 * Returns the worker's variables whose names begin with `DRAWBRIDGE`: name and JSON text in turn.
 * @param {Record<string, any>} env
 */
export function variables(env) {
  return Object.entries(env)
    .filter(([name]) => name.startsWith('DRAWBRIDGE'))
    .flatMap(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
}

/**
 * Whether there is a binding of that name that can fetch.
 * @param {Record<string, any>} env
 * @param {string} name
 */
export function hasFetcher(env, name) {
  return typeof env[name]?.fetch === 'function';
}

/**
 * Returns the Analytics Engine dataset, if one is bound.
 * @param {Record<string, any>} env
 */
export function metrics({ METRICS }) {
  return typeof METRICS?.writeDataPoint === 'function' ? METRICS : undefined;
}

/** Returns what ids are made from. */
export function random() {
  return crypto.getRandomValues(new Uint8Array(16));
}
