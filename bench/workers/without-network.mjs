// Runs another worker many times in one event and answers every fetch at once. What is left is the work of
// verifying and preparing a request, undisturbed by sockets.
// @ts-expect-error The bench puts the worker that it measures beside this module when it runs it.
const { default: worker } = await import('./index.js');
const ANSWERED = new Response(null, { status: 204 });
const answered = Promise.resolve(ANSWERED);
const realFetch = fetch;
let forwarded = 0;

/** The body holds the `url` and `headers` of every request, and the tokens, one for each request. */
export default {
  async fetch(incoming, env, context) {
    const { url, headers, tokens } = await incoming.json();
    const requests = tokens.map(
      (token) => new Request(url, { headers: { ...headers, authorization: `Bearer ${token}` } }),
    );
    const run = (request) =>
      typeof worker === 'function' ? new worker(context, env).fetch(request) : worker.fetch(request, env, context);
    // The first request fetches the keys.
    const first = await run(requests[0]);
    if (!first.ok) return first;
    await first.arrayBuffer();
    forwarded = 0;
    globalThis.fetch = (target, init) => {
      if (!String(target).startsWith(env.ORIGIN)) return realFetch(target, init);
      forwarded += 1;
      return answered;
    };
    try {
      for (const request of requests.slice(1)) await run(request);
    } finally {
      globalThis.fetch = realFetch;
    }
    return new Response(String(forwarded));
  },
};
