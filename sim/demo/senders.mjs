// The ways to the worker.
import { within } from './either.mjs';
import { exchange } from './exchange.mjs';

const ANSWER_MS = 10_000;

/**
 * Returns the ways of sending requests; each resolves to `{ status, code, request, response }`. If given,
 * `userAgent()` names each request, so that it can be found again at the gateway and the backend.
 */
export function senders({ worker, gateway, jtl, signal, userAgent }) {
  const [eu] = Object.values(gateway.regions);
  const send = (url, options) =>
    within(ANSWER_MS, signal, async (ending) => {
      const { request, response } = await exchange(url, options, ending);
      return { status: response.status, code: response.status < 300 ? '' : codeOf(response.body), request, response };
    });
  const json = (/** @type {RequestInit} */ { body, headers, ...options } = {}, more = {}) => ({
    ...options,
    body,
    headers: {
      ...(userAgent && { 'user-agent': userAgent() }),
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
      ...more,
    },
  });
  return {
    viaGateway: (path, options, region = eu) =>
      send(
        `${region.url}/proxy/forward-to`,
        json(options, {
          'accept-version': 'v2',
          'x-project-key': gateway.settings.values.projects[0],
          'x-forward-to': path.startsWith('/') ? `${worker.url}${path}` : path,
        }),
      ),
    fromJtl: async (path, options, token) =>
      send(`${worker.url}${path}`, json(options, { 'x-session-id': await jtl.sessionToken(token) })),
    direct: (path, options) => send(`${worker.url}${path}`, json(options)),
  };
}

function codeOf(text) {
  try {
    const { code, error } = JSON.parse(text);
    return code ?? error ?? '';
  } catch {
    return '';
  }
}
