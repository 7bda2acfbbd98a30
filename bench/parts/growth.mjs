// How the cost of a request grows with keys, routes, the token's size and the number of headers.
import { SCENARIOS, requestWith } from '../scenario.mjs';
import { rotated, summary } from '../../testing/statistics.mjs';
import { spread, table } from '../../testing/table.mjs';
import { turns } from '../turns.mjs';
import { DRAWBRIDGE, JOSE, PASS_THROUGH } from '../workers.mjs';

const REQUESTS = 300;
const WARM_UP = 2500;
const MAX_ROUNDS = 12;
const MINUTES = 0.4;
const SCENARIO = SCENARIOS.EdDSA;
const ROUTES_PER_VARIABLE = 40;
// The size of the largest token that is measured. The worker takes up to twice as much.
const TOKEN_LIMIT = 8192;

export async function growth(stage, { rounds: wanted, say }) {
  const rounds = Math.min(wanted, MAX_ROUNDS);
  const dimensions = [await keys(stage), routes(), await tokenSizes(stage), headers()];
  const results = [];
  for (const dimension of dimensions) {
    say(`growth with ${dimension.name}: ${rounds} rounds`);
    results.push(await measureDimension(stage, dimension, rounds));
  }
  return results;
}

/** A point is `{ value, claims?, request?, change? }`. Points with a `change` need workers of their own. */
async function measureDimension(stage, { name, points, workers: names }, rounds) {
  const running = new Map();
  const cells = [];
  try {
    for (const point of points) {
      for (const worker of names) {
        const id = point.change ? `${worker} ${point.value}` : worker;
        if (!running.has(id)) running.set(id, await stage.startWorker(worker, SCENARIO, { change: point.change }));
        cells.push({ point, worker: running.get(id), cpu: [] });
      }
    }
    await stage.sign('growth', SCENARIO, WARM_UP);
    for (const worker of running.values())
      await stage.measure(worker, { tokens: 'growth', count: WARM_UP, request: requestFor(points[0]) });
    for (const round of turns(rounds, MINUTES)) {
      for (const point of points) await stage.sign(`growth-${point.value}`, SCENARIO, REQUESTS, point.claims);
      for (const { point, worker, cpu } of rotated(cells, round)) {
        const request = requestFor(point);
        cpu.push((await stage.measure(worker, { tokens: `growth-${point.value}`, count: REQUESTS, request })).cpu);
      }
    }
  } finally {
    for (const worker of running.values()) await worker.end();
  }
  return {
    name,
    points: cells.map(({ point, worker, cpu }) => ({
      value: point.value,
      worker: worker.name,
      cpuMicros: summary(cpu),
    })),
  };
}

const requestFor = ({ request }) => requestWith(request);

async function keys(stage) {
  const points = [];
  for (const value of [1, 16, 64]) {
    const path = `/keys/${value}`;
    await stage.publish(path, SCENARIO.algorithm, value);
    points.push({ value, change: (variables) => changeKeys(variables, stage.urls.issuer + path) });
  }
  return { name: 'keys', points, workers: [JOSE, DRAWBRIDGE] };
}

function changeKeys(variables, uri) {
  const [provider] = variables.DRAWBRIDGE.providers;
  return {
    ...variables,
    JWKS_URI: uri,
    DRAWBRIDGE: { ...variables.DRAWBRIDGE, providers: [{ ...provider, jwks_uri: uri }] },
  };
}

function routes() {
  const points = [1, 50, 500].map((value) => ({
    value,
    request: { path: `/area-${value - 1}/items/7/lines` },
    change: (variables) => ({ ...variables, ...routeVariables(value) }),
  }));
  return { name: 'routes', points, workers: [DRAWBRIDGE] };
}

/** Makes `count` routes, split into as many variables as their size needs. */
function routeVariables(count) {
  const all = Array.from({ length: count }, (_, index) => ({
    path: `/area-${index}/items/{id}/*`,
    methods: ['GET', 'POST'],
  }));
  const variables = {};
  for (let from = 0; from < count; from += ROUTES_PER_VARIABLE) {
    variables[`DRAWBRIDGE_ROUTES_${String(from).padStart(3, '0')}`] = {
      routes: all.slice(from, from + ROUTES_PER_VARIABLE),
    };
  }
  return variables;
}

async function tokenSizes(stage) {
  const { length } = await stage.sign('bare', SCENARIO, 1, { padding: '' });
  const points = [1024, 2048, 4096, TOKEN_LIMIT].map((size) => ({
    value: `${size / 1024} KiB`,
    claims: { padding: 'x'.repeat(Math.floor(((size - length) * 3) / 4) - 4) },
  }));
  return { name: 'token size', points, workers: [PASS_THROUGH, JOSE, DRAWBRIDGE] };
}

function headers() {
  const points = [10, 30, 100].map((value) => ({ value, request: { count: value } }));
  return { name: 'headers', points, workers: [PASS_THROUGH, JOSE, DRAWBRIDGE] };
}

export function showGrowth(results) {
  return results
    .map(({ name, points }) => {
      const values = [...new Set(points.map(({ value }) => value))];
      const workers = [...new Set(points.map(({ worker }) => worker))];
      const cell = (value, worker) =>
        spread(points.find((point) => point.value === value && point.worker === worker).cpuMicros);
      return table(
        [`CPU µs/request by ${name} (EdDSA)`, ...workers],
        values.map((value) => [value, ...workers.map((worker) => cell(value, worker))]),
      );
    })
    .join('\n\n');
}
