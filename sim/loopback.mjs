// What counts as this machine. The simulation trusts nothing else, since it makes tokens for anyone who asks.

/** Whether a URL's host is a loopback name or address. */
export function isLoopback(url) {
  const host = url.hostname;
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

/** Whether a request names this machine as its host. After DNS rebinding it would not. */
export function namesLoopback(req) {
  return URL.canParse(`http://${req.headers.host}`) && isLoopback(new URL(`http://${req.headers.host}`));
}

/** Returns the CORS headers for a page that this machine serves, and none for any other. */
export function corsHeaders(req) {
  const { origin } = req.headers;
  if (!origin || !URL.canParse(origin) || !isLoopback(new URL(origin))) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    ...(req.method === 'OPTIONS' && {
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': req.headers['access-control-request-headers'] ?? '',
    }),
  };
}
