// A page in which the Merchant Center's front-end packages believe they run.
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const require = createRequire(import.meta.url);
const nodeFetch = globalThis.fetch;

/**
 * Makes this process such a page for the gateway at `mcApiUrl`. Call it first, since the packages read the page
 * when they load.
 */
export function openPage({ mcApiUrl, path = '/shop-eu/my-app' }) {
  const { window } = new JSDOM('<!doctype html>', { url: `http://localhost:3001${path}` });
  window.app = { applicationName: 'my-app', applicationIdentifier: '__local:my-app', mcApiUrl, servedByProxy: false };
  Object.assign(globalThis, { window, document: window.document, fetch: browserFetch });
  return {
    close() {
      window.close();
      delete globalThis.window;
      delete globalThis.document;
      globalThis.fetch = nodeFetch;
    },
  };
}

/** Loads a package in the page. */
export function load(name) {
  const { Buffer } = globalThis;
  const loaded = require(name);
  globalThis.Buffer = Buffer; // The sdk replaces it with one for browsers.
  return loaded;
}

/** A browser's fetch ignores a Content-Length that a script sets. Node's fetch does not. */
function browserFetch(url, options) {
  const headers = new Headers(options?.headers);
  headers.delete('content-length');
  return nodeFetch(url, { ...options, headers });
}
