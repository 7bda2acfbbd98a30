// React Router in framework form: what its build makes of routes with loaders, written by hand, so that no bundler
// runs. A loader answers under the address of its page, and under the same address with `.data`.
import { serve } from '@hono/node-server';
import { createRequestHandler } from 'react-router';
import { ready, settings, tell } from './telling.mjs';

const pages = Object.entries({ ...settings.handlers, missing: '*' });
const routeOf = ([id, path]) => ({
  id,
  parentId: 'layout',
  ...(path === '/' ? { index: true } : { path: path.replace(/^\//, '') }),
});
const layout = { id: 'layout', path: '' };
const manifestOf = (route) => ({
  ...route,
  module: '',
  hasAction: true,
  hasLoader: true,
  hasClientAction: false,
  hasClientLoader: false,
  hasClientMiddleware: false,
  hasErrorBoundary: false,
});
const moduleOf = (id) => {
  const execute = ({ request, context: { incoming } }) => {
    const { host, protocol } = new URL(request.url);
    const handler = id === 'missing' ? null : id;
    const seen = { handler, method: request.method, path: incoming.url, host, scheme: protocol.slice(0, -1) };
    return tell(seen, incoming);
  };
  return { default: () => null, loader: execute, action: execute };
};

const build = {
  assets: {
    entry: { imports: [], module: '' },
    routes: Object.fromEntries([
      ['layout', { ...manifestOf(layout), hasAction: false, hasLoader: false }],
      ...pages.map((page) => [page[0], manifestOf(routeOf(page))]),
    ]),
    url: '',
    version: '1',
  },
  assetsBuildDirectory: '',
  basename: '/',
  entry: { module: { default: (_request, status, headers) => new Response('a page', { status, headers }) } },
  future: {},
  isSpaMode: false,
  prerender: [],
  publicPath: '/',
  routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
  routes: Object.fromEntries([
    ['layout', { ...layout, module: { default: () => null } }],
    ...pages.map((page) => [page[0], { ...routeOf(page), module: moduleOf(page[0]) }]),
  ]),
  ssr: true,
};
const handle = createRequestHandler(/** @type {any} */ (build), 'production');

serve(
  {
    fetch: (request, { incoming }) => handle(request, { incoming }),
    hostname: '127.0.0.1',
    port: 0,
    serverOptions: { keepAliveTimeout: 60_000 },
  },
  ({ port }) => ready(port),
);
