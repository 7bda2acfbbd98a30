/** Waits for servers that are starting; when one cannot, closes the others and throws. */
export async function together(starting) {
  const outcomes = await Promise.allSettled(starting);
  const failed = outcomes.find(({ status }) => status === 'rejected');
  const started = outcomes.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  if (!failed) return started;
  await Promise.all(started.map((one) => one.close()));
  throw failed.reason;
}
