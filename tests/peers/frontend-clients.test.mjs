// Requests that commercetools' own front-end packages build, sent through the gateway to the backend.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { startSimulation } from '../../sim/index.mjs';
import { load, openPage } from './browser.mjs';

const PERMISSIONS = ['canViewOrders', 'canManageOrders', 'canViewProducts'];
let simulation;
let region;
let backend;
let page;

before(async () => {
  simulation = await startSimulation({ gateway: { regions: ['gcp-eu'] } });
  backend = simulation.backend;
  region = simulation.gateway.regions['gcp-eu'];
  page = openPage({ mcApiUrl: region.url });
});
after(() => {
  page.close();
  return simulation.close();
});
beforeEach(() => {
  backend.reset();
  region.endpoints.clear();
});

/** Returns what arrived, with the headers by lower-case name and the claims of the token. */
function arrived() {
  assert.equal(backend.requests.length, 1);
  const [{ method, url, headers, body }] = backend.requests;
  const byName = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  return { method, url, headers: byName, body, claims: decodeJwt(byName.authorization.replace(/^Bearer /, '')) };
}

/** @param {any} request @param {{ audience: string, projectKey?: string, permissions?: string[] }} expected */
function assertFromGateway({ headers, claims }, { audience, projectKey = 'shop-eu', permissions }) {
  assert.equal(headers['x-mc-api-cloud-identifier'], 'gcp-eu');
  assert.equal(headers['x-mc-api-forward-to-version'], 'v2');
  const { exp, iat, ...rest } = claims;
  assert.equal(exp - iat, 60);
  assert.deepEqual(rest, {
    sub: 'user-1',
    iss: region.url,
    aud: audience,
    type: 'exchange',
    [`${region.url}/claims/project_key`]: projectKey,
    ...(permissions && { [`${region.url}/claims/user_permissions`]: permissions }),
  });
}

describe('application-shell-connectors: executeHttpClientRequest', () => {
  /**
   * Sends with a fetcher as the package's documentation shows it, for any HTTP client.
   *
   * @param {{
   *   method?: string,
   *   body?: string,
   *   uri?: string,
   *   projectKey?: string,
   *   headers?: Record<string, string>,
   *   version?: 'v1' | 'v2',
   *   audiencePolicy?: 'forward-url-full-path' | 'forward-url-origin',
   *   includeUserPermissions?: boolean,
   * }} request
   */
  async function execute({ method = 'GET', body, uri = `${backend.url}/orders?page=2`, projectKey, ...forwardTo }) {
    const { buildApiUrl, executeHttpClientRequest } = load('@commercetools-frontend/application-shell-connectors');
    const statuses = [];
    const data = await executeHttpClientRequest(
      async (options) => {
        const response = await fetch(buildApiUrl('/proxy/forward-to'), {
          ...options,
          method,
          body,
          headers: { ...options.headers, ...(body && { 'content-type': 'application/json' }) },
        });
        statuses.push(response.status);
        return {
          data: await response.json().catch(() => undefined),
          statusCode: response.status,
          getHeader: (name) => response.headers.get(name),
        };
      },
      { projectKey, forwardToConfig: { uri, ...forwardTo } },
    );
    return { data, statuses };
  }

  it('GET with its defaults: full path, project from the page’s URL, no permissions', async () => {
    const { data, statuses } = await execute({});
    assert.deepEqual(statuses, [200]);
    assert.equal(data.url, '/orders?page=2');
    const request = arrived();
    assert.equal(request.method, 'GET');
    assert.equal(request.url, '/orders?page=2');
    assert.equal(request.headers.accept, 'application/json');
    assertFromGateway(request, { audience: `${backend.url}/orders` });
  });

  it('POST with a body, headers, permissions, the origin policy and another project', async () => {
    const body = JSON.stringify({ name: 'Käse', quantity: 3 });
    await execute({
      method: 'POST',
      body,
      projectKey: 'shop-us',
      headers: { 'accept-language': 'de', 'x-custom': 'one' },
      audiencePolicy: 'forward-url-origin',
      includeUserPermissions: true,
    });
    const request = arrived();
    assert.equal(request.method, 'POST');
    assert.equal(request.body.text, body);
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers['accept-language'], 'de');
    assert.equal(request.headers['x-custom'], 'one');
    assert.deepEqual(
      Object.keys(request.headers).filter((name) => name.startsWith('x-forward') || name === 'cookie'),
      [],
    );
    assertFromGateway(request, { audience: backend.url, projectKey: 'shop-us', permissions: PERMISSIONS });
  });

  it('a project that the user may not use does not get through', async () => {
    const { data, statuses } = await execute({ projectKey: 'shop-xx' });
    assert.deepEqual(statuses, [403]);
    assert.equal(data.error, 'project_forbidden');
    assert.deepEqual(backend.counters, { connections: 0, requests: 0, bodyBytes: 0 });
  });

  it('a relayed 401 makes it ask once more', async () => {
    region.endpoints.set('forward', { mode: 'status', status: 401, times: 1 });
    const { data, statuses } = await execute({});
    assert.deepEqual(statuses, [401, 200]);
    assert.equal(data.method, 'GET');
    assertFromGateway(arrived(), { audience: `${backend.url}/orders` });
  });

  it('a second 401 is an error', async () => {
    await assert.rejects(execute({ uri: `${backend.url}/status/401` }), { name: 'RenewTokenError' });
    assert.equal(backend.counters.requests, 2);
  });

  it('a relayed 403 does not', async () => {
    const { statuses } = await execute({ uri: `${backend.url}/status/403` });
    assert.deepEqual(statuses, [403]);
    assert.equal(backend.counters.requests, 1);
  });

  it('version v1 is signed by the old issuer', async () => {
    await execute({ version: 'v1' });
    const { headers, claims } = arrived();
    assert.equal(headers['x-mc-api-forward-to-version'], 'v1');
    assert.equal(claims.iss, 'https://mc-api.commercetools.com');
    assert.equal(claims['https://mc-api.commercetools.com/claims/project_key'], 'shop-eu');
  });
});

describe('sdk: actions.forwardTo through its middleware', () => {
  let actions;
  let send;
  const dispatched = [];

  before(() => {
    const sdk = load('@commercetools-frontend/sdk');
    actions = sdk.actions;
    const middleware = sdk.createMiddleware({
      getCorrelationId: () => 'mc/shop-eu/user-1/1',
      getProjectKey: () => 'shop-eu',
      getAdditionalHeaders: () => undefined,
    });
    send = middleware({ dispatch: (action) => dispatched.push(action.type) })(() => assert.fail('not an SDK action'));
  });

  it('get', async () => {
    const result = await send(actions.forwardTo.get({ uri: `${backend.url}/orders?page=2` }));
    assert.equal(result.method, 'GET');
    assert.deepEqual(dispatched.splice(0), ['SHOW_LOADING', 'HIDE_LOADING']);
    const request = arrived();
    assert.equal(request.url, '/orders?page=2');
    assert.equal(request.body.length, 0);
    assertFromGateway(request, { audience: `${backend.url}/orders` });
  });

  it('post with a body, headers, permissions and the origin policy', async () => {
    const payload = { name: 'Käse', quantity: 3 };
    await send(
      actions.forwardTo.post({
        uri: `${backend.url}/orders`,
        payload,
        headers: { 'X-Custom': 'one' },
        audiencePolicy: 'forward-url-origin',
        includeUserPermissions: true,
      }),
    );
    const request = arrived();
    assert.equal(request.method, 'POST');
    assert.deepEqual(JSON.parse(request.body.text), payload);
    assert.equal(request.headers['content-type'], 'application/json');
    assert.equal(request.headers['x-custom'], 'one');
    assertFromGateway(request, { audience: backend.url, permissions: PERMISSIONS });
  });

  it('del', async () => {
    const result = await send(actions.forwardTo.del({ uri: `${backend.url}/orders/1` }));
    assert.equal(result.method, 'DELETE');
    assert.equal(arrived().method, 'DELETE');
    assertFromGateway(arrived(), { audience: `${backend.url}/orders/1` });
  });

  it('head', async () => {
    await send(actions.forwardTo.head({ uri: `${backend.url}/orders/1` }));
    assert.equal(arrived().method, 'HEAD');
    assertFromGateway(arrived(), { audience: `${backend.url}/orders/1` });
  });

  it('a relayed 401 makes it ask once more, with X-Force-Token, which stays at the gateway', async () => {
    await assert.rejects(send(actions.forwardTo.get({ uri: `${backend.url}/status/401` })), { statusCode: 401 });
    assert.equal(backend.counters.requests, 2);
    assert.equal(JSON.stringify(backend.requests).toLowerCase().includes('x-force-token'), false);
  });
});
