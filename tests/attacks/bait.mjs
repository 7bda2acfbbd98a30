// A server that nobody has reason to talk to.
import http from 'node:http';

/** Starts it: `{ url, connections, close() }`. It serves `jwks` wherever it is asked. */
export async function startBait(jwks) {
  const bait = { connections: 0 };
  const server = http.createServer((_, res) =>
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks)),
  );
  server.on('connection', () => (bait.connections += 1));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  bait.url = `http://127.0.0.1:${server.address().port}`;
  bait.close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return bait;
}
