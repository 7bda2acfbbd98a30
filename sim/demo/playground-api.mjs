// What the page of the playground can ask for. All its requests go through the real worker.
import { Refusal } from '../answer.mjs';
import { AUDIENCE_POLICIES } from '../exchange-token.mjs';
import { MODES } from '../fault.mjs';
import { ROTATIONS } from '../keys.mjs';
import { isLoopback } from '../loopback.mjs';
import { within } from './either.mjs';
import { evidence } from './evidence.mjs';
import { exchange } from './exchange.mjs';
import { catalogue, sendScenario } from './scenarios.mjs';
import { senders } from './senders.mjs';
import { KEYS } from './stage.mjs';

const METHODS = ['GET', 'POST', 'DELETE'];
const TOKEN_HEADERS = ['authorization', 'x-session-id'];
const MAX_TOKEN = 24 << 10;
const HEALTH_MS = 2_000;

/**
 * Returns the page's questions (`get`) and orders (`post`) by name. Each takes the members of the body and may
 * throw a Refusal.
 */
export function playgroundApi(stage) {
  let count = 0;
  // This name finds a request again at the gateway and the backend.
  const named = { ...stage, userAgent: () => `drawbridge-playground/${(count += 1)}` };
  const alone = oneAtATime();
  const issuers = issuersOf(stage);
  return {
    get: {
      catalogue: () => ({
        scenarios: catalogue(stage),
        methods: METHODS,
        tokenHeaders: TOKEN_HEADERS,
        policies: AUDIENCE_POLICIES,
        rotations: ROTATIONS,
        faults: Object.keys(MODES),
        worker: stage.worker.url,
        publicUrl: stage.configuration.public_url,
        keys: KEYS,
      }),
      state: async () => ({ issuers: issuers.map(stateOf), health: await health(stage) }),
    },
    post: {
      scenario: ({ id }) => alone(() => shown(named, issuers, () => sendScenario(named, text(id, 'id')))),
      gateway: (form) => alone(() => shown(named, issuers, () => sendThroughGateway(named, form))),
      direct: (form) => alone(() => shown(named, issuers, () => sendDirectly(named, form))),
      token: ({ issuer, path }) => makeToken(stage, issuer, path),
      rotate: async ({ issuer, mode }) => {
        await find(issuers, issuer).ring.rotate({ mode: oneOf(ROTATIONS, mode, 'mode') });
        return stateOf(find(issuers, issuer));
      },
      fault: ({ issuer, endpoint, mode }) => {
        const { endpoints, names } = find(issuers, issuer);
        endpoints.set(oneOf(names, endpoint, 'endpoint'), oneOf(Object.keys(MODES), mode, 'mode'));
        return stateOf(find(issuers, issuer));
      },
    },
  };
}

// Requests

/** Sends a request and tells what became of it. */
async function shown(stage, issuers, send) {
  const fetchesBefore = issuers.map(fetches);
  const started = performance.now();
  const sent = await send().catch((error) => {
    if (error instanceof Refusal || stage.signal.aborted) throw error;
    throw new Refusal(502, 'not_answered', `no answer: ${error.message}`);
  });
  if (!sent) throw new Refusal(404, 'scenario_unknown', 'there is no such scenario');
  const { what, group, expected, result } = sent;
  const millis = Math.round(performance.now() - started);
  const { request, response, status, code } = result;
  const mark = request.headers.find(([name]) => name === 'user-agent')[1];
  const isMarked = ({ headers }) =>
    headers.some(([name, value]) => name.toLowerCase() === 'user-agent' && value === mark);
  const region = Object.values(stage.gateway.regions).find(({ url }) => new URL(request.url).origin === url);
  const reached = stage.backend.requests.filter(isMarked);
  return {
    what,
    group,
    expected: expected && { status: expected.status, code: expected.code },
    found: { status, code, reached: reached.length },
    millis,
    fetched: issuers
      .map((issuer, index) => ({ name: issuer.name, times: fetches(issuer) - fetchesBefore[index] }))
      .filter(({ times }) => times > 0),
    ...evidence({
      sent: request,
      answer: response,
      region,
      forwarded: region?.requests.find(isMarked),
      received: reached[0] && structuredClone(reached[0]),
      publicUrl: stage.configuration.public_url,
    }),
  };
}

async function sendThroughGateway(stage, { forwardTo, policy, method = 'GET', permissions = false }) {
  const target = text(forwardTo, 'forwardTo');
  const ours = URL.canParse(target) && new URL(target);
  // What is typed into the page must not leave this machine.
  if (!ours || ours.protocol !== 'http:' || !isLoopback(ours) || ours.port !== new URL(stage.worker.url).port) {
    throw new Refusal(
      400,
      'forward_to_elsewhere',
      `X-Forward-To must lead to the worker here: ${stage.worker.url}, or another name of this machine with ` +
        'the same port',
    );
  }
  const headers = {
    'x-forward-to-audience-policy': oneOf(AUDIENCE_POLICIES, policy, 'policy'),
    ...(permissions === true && { 'x-forward-to-claims': 'permissions' }),
  };
  const result = await senders(stage).viaGateway(target, { method: oneOf(METHODS, method, 'method'), headers });
  return { what: `${method} through the gateway`, result };
}

async function sendDirectly(stage, { path, method, header, token }) {
  const target = text(path, 'path');
  if (!/^\/[\x21-\x7e]*$/.test(target))
    throw new Refusal(400, 'path_invalid', 'the path must begin with / and hold visible ASCII characters only');
  const value = text(token, 'token')
    .trim()
    .replace(/^bearer +/i, '');
  if (value.length > MAX_TOKEN)
    throw new Refusal(
      400,
      'token_too_long',
      `the token has more than ${MAX_TOKEN} characters: not even a header would hold it`,
    );
  if (!/^[\x20-\x7e]*$/.test(value))
    throw new Refusal(400, 'token_unsendable', 'a header cannot hold line breaks or characters beyond ASCII');
  const name = oneOf(TOKEN_HEADERS, header, 'header');
  const credential = value === '' ? {} : { [name]: name === 'authorization' ? `Bearer ${value}` : value };
  const result = await senders(stage).direct(target, { method: oneOf(METHODS, method, 'method'), headers: credential });
  return { what: `${method} with your own token`, result };
}

/** Makes a good token, which the user may change by hand. */
async function makeToken({ gateway, jtl, configuration }, issuer, path) {
  if (issuer === 'jtl') return { token: await jtl.sessionToken() };
  const region = gateway.regions[oneOf(Object.keys(gateway.regions), issuer, 'issuer')];
  return {
    token: await region.token({
      audience: `${configuration.public_url}${text(path, 'path').split('?')[0]}`,
      permissions: true,
    }),
  };
}

// Issuers

function issuersOf({ gateway, jtl }) {
  const regions = Object.values(gateway.regions).map(({ id, url, keys, endpoints }) => ({
    id,
    name: `Merchant Center ${id}`,
    url,
    ring: keys,
    endpoints,
    names: ['jwks'],
  }));
  return [
    ...regions,
    { id: 'jtl', name: 'JTL', url: jtl.url, ring: jtl.sessionKeys, endpoints: jtl.endpoints, names: ['jwks', 'token'] },
  ];
}

function stateOf(issuer) {
  const { id, name, url, ring, endpoints, names } = issuer;
  const { faults } = endpoints;
  return {
    id,
    name,
    url,
    signer: ring.signer.kid,
    published: ring.jwks().keys.map(({ kid }) => kid),
    endpoints: Object.fromEntries(names.map((endpoint) => [endpoint, faults[endpoint].mode])),
    fetches: fetches(issuer),
  };
}

const fetches = ({ endpoints }) => endpoints.counters.jwks.fetches;

/** Returns what the worker says about its keys, or undefined if it does not answer. */
async function health({ worker, healthSecret, signal }) {
  const headers = { authorization: `Bearer ${healthSecret}` };
  try {
    const { response } = await within(HEALTH_MS, signal, (ending) =>
      exchange(`${worker.url}/.well-known/drawbridge/health`, { headers }, ending),
    );
    return JSON.parse(response.body);
  } catch {
    return undefined;
  }
}

// Input

function find(issuers, id) {
  const issuer = issuers.find((one) => one.id === id);
  if (!issuer) throw new Refusal(400, 'issuer_unknown', `there are: ${issuers.map((one) => one.id).join(', ')}`);
  return issuer;
}

function text(value, name) {
  if (typeof value !== 'string') throw new Refusal(400, 'member_invalid', `${name} must be a string`);
  return value;
}

function oneOf(values, value, name) {
  if (!values.includes(value)) throw new Refusal(400, 'member_invalid', `${name} must be one of: ${values.join(', ')}`);
  return value;
}

/** Runs one order after the other, since they share counters and faults. */
function oneAtATime() {
  let last = Promise.resolve();
  return (act) => {
    const mine = last.then(act);
    last = mine.catch(() => {});
    return mine;
  };
}
