// Servers on loopback.

/**
 * Lets a server listen on 127.0.0.1 and resolves to its origin.
 *
 * @param {import('node:net').Server} server
 * @param {number} [port] any free one by default
 * @returns {Promise<string>}
 */
export async function listen(server, port = 0) {
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

/**
 * Returns the port of a server that listens.
 *
 * @param {import('node:net').Server} server
 * @returns {number}
 */
export function portOf(server) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}
