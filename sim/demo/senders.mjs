// The ways to the worker.
import { within } from './either.mjs';

/** How requests are sent; each way resolves to `{ status, code }`. */
export function senders({ worker, gateway, jtl, signal }) {
  const [eu] = Object.values(gateway.regions);
  const exchange = (url, options) =>
    within(10_000, signal, async (ending) => {
      const answer = await fetch(url, { redirect: 'manual', ...options, signal: ending });
      const text = await answer.text();
      return { status: answer.status, code: answer.ok ? '' : codeOf(text) };
    });
  const json = ({ body, headers, ...options } = {}, more = {}) => ({
    ...options,
    body,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers, ...more },
  });
  return {
    viaGateway: (path, options, region = eu) =>
      exchange(
        `${region.url}/proxy/forward-to`,
        json(options, { 'accept-version': 'v2', 'x-project-key': gateway.settings.values.projects[0], 'x-forward-to': `${worker.url}${path}` }),
      ),
    fromJtl: async (path, options, token) => exchange(`${worker.url}${path}`, json(options, { 'x-session-id': await jtl.sessionToken(token) })),
    direct: (path, options) => exchange(`${worker.url}${path}`, json(options)),
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
