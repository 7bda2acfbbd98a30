// Performs the script and notes what became of each request.
import { script } from './script.mjs';

/** Sends all requests in turn and returns the rows for report(). */
export async function perform(stage) {
  const rows = [];
  const reset = () => [stage.backend, ...stage.keyEndpoints].forEach((party) => party.reset());
  reset();
  for (const { group, requests } of script(stage)) {
    for (const { what, expected, forged, send } of requests) {
      stage.signal.throwIfAborted();
      const answer = await send().catch((error) => ({ status: '–', code: nameOf(error) }));
      // Counts from the end of the row before, so that what arrives late is not overlooked.
      const asked = stage.keyEndpoints.some(({ counters }) => counters.jwks.fetches > 0);
      rows.push({ group, what, expected, forged, found: { ...answer, ...received(stage.backend), asked } });
      reset();
    }
  }
  stage.signal.throwIfAborted();
  return rows;
}

const nameOf = ({ code, name }) => (typeof code === 'string' ? code : name);

/** Returns what has reached the backend. */
function received({ counters, requests: [request] }) {
  // A connection without a request would be a leak, too.
  const reached = Math.max(counters.requests, Math.min(counters.connections, 1));
  if (!request) return { reached };
  const headers = request.headers.map(([name, value]) => [name.toLowerCase(), value]);
  const identity = headers.filter(([name]) => name.replaceAll('_', '-').startsWith('x-verified-'));
  return {
    reached,
    // The time of expiry differs from row to row.
    identity: joined(identity.filter(([name]) => name !== 'x-verified-expires')),
    received: identity,
    credentials: headers.map(([name]) => name).filter((name) => name === 'authorization' || name === 'x-session-id'),
    body: request.body.text,
  };
}

/** Joins the values of a header that was sent twice, so that none hides the other. */
function joined(headers) {
  const values = {};
  for (const [name, value] of headers) values[name] = name in values ? `${values[name]}, ${value}` : value;
  return values;
}
