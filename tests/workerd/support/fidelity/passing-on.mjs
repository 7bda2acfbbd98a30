// The least that a worker can do with a request: pass it on. What this one changes, the runtime changes.
export default `
  export default {
    async fetch(request, { BACKEND }) {
      const { method, url, headers, body } = request;
      const target = BACKEND + url.slice(new URL(url).origin.length);
      try {
        return await fetch(target, { method, headers, body, redirect: 'manual', cache: 'no-store' });
      } catch (error) {
        return new Response(null, { status: 502, headers: { 'x-error': error.message } });
      }
    },
  };
`;
