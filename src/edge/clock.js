/**
 * Resolves after that time.
 * @param {number} millis
 * @returns {Promise<void>}
 */
export function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
