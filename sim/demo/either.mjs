/**
 * Returns a signal that fires with the first of these. AbortSignal.any() is not used: Node 22 may collect its
 * signal as garbage while a fetch waits for it, and the fetch then waits for ever.
 */
export function either(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    const follow = () => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
  }
  return controller.signal;
}

/**
 * Does something with a signal that fires with `signal` or after that many milliseconds. It rejects then,
 * whatever becomes of the work that was begun.
 */
export async function within(millis, signal, act) {
  const controller = new AbortController();
  const fired = new Promise((_resolve, reject) =>
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true }),
  );
  const follow = () => controller.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(
    () => controller.abort(new DOMException(`no answer in ${millis} ms`, 'TimeoutError')),
    millis,
  );
  try {
    return await Promise.race([fired, act(controller.signal)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}
