// Hono on Node. Its router minds case and takes a path as it is written.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { ready, settings, tell } from './telling.mjs';

const app = new Hono();
const answer = (handler) => (c) => {
  const { host, protocol, pathname, search } = new URL(c.req.url);
  const seen = { handler, method: c.req.method, path: pathname + search, host, scheme: protocol.slice(0, -1) };
  return c.json(tell(seen, c.env.incoming), handler === null ? 404 : 200);
};
for (const [handler, path] of Object.entries(settings.handlers)) app.all(path, answer(handler));
app.notFound(answer(null));

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0, serverOptions: { keepAliveTimeout: 60_000 } }, ({ port }) =>
  ready(port),
);
