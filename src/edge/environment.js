/**
 * Returns the names of all variables, secrets and bindings.
 * @param {Record<string, any>} env
 */
export function names(env) {
  return Object.keys(env);
}

/**
 * Returns the text of a variable: a string as it is, anything else as JSON.
 * @param {Record<string, any>} env
 * @param {string} name
 */
export function variable(env, name) {
  const value = env[name];
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Returns whether there is a binding of that name that can fetch.
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

/** Returns 16 random bytes, from which ids are made. */
export function random() {
  return crypto.getRandomValues(new Uint8Array(16));
}
