// @ts-check
// Workers KV as the bench needs it: in memory, for one process.
const entries = new Map();

export default {
  /** @param {Request} request */
  async fetch(request) {
    const key = new URL(request.url).pathname;
    if (request.method === 'PUT') {
      entries.set(key, await request.arrayBuffer());
      return new Response(null, { status: 204 });
    }
    const found = entries.get(key);
    return found ? new Response(found) : new Response(null, { status: 404 });
  },
};
