// The smallest worker: it passes a request on. Whatever changes on the way is changed by the runtime.
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
