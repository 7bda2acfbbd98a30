/**
 * Resolves after `millis` milliseconds.
 * @param {number} millis
 * @returns {Promise<void>}
 */
export function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
