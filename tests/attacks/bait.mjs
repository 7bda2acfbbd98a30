// A server to which nobody should connect.
import http from 'node:http';
import { listen } from '../../sim/listen.mjs';

/** Starts it: `{ url, connections, close() }`. It serves `jwks` under every path. */
export async function startBait(jwks) {
  const bait = { connections: 0 };
  const server = http.createServer((_, res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks)),
  );
  server.on('connection', () => (bait.connections += 1));
  bait.url = await listen(server);
  bait.close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return bait;
}
