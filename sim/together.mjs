/**
 * Waits for servers that are starting. If one cannot start, it closes the others and throws.
 *
 * @template {Promise<{ close(): unknown }>[] | []} Starting
 * @param {Starting} starting
 * @returns {Promise<{ -readonly [Index in keyof Starting]: Awaited<Starting[Index]> }>}
 */
export async function together(starting) {
  /** @type {PromiseSettledResult<{ close(): unknown }>[]} */
  const outcomes = await Promise.allSettled([...starting]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  const started = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
  if (!failed) return /** @type {any} */ (started);
  await Promise.all(started.map((one) => one.close()));
  throw failed.reason;
}
