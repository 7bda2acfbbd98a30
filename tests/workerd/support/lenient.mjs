// A backend that reads a path in every way that frameworks do, and notes what each request reaches.
import http from 'node:http';
import { listen } from '../../../sim/listen.mjs';

/** Starts it: `{ url, reached, close() }`. `reached` has the `x-case` and the path of each request. */
export async function startLenient() {
  const reached = [];
  const server = http.createServer((req, res) => {
    reached.push({ id: Number(req.headers['x-case']), path: req.url });
    res.end('reached\n');
  });
  const url = await listen(server);
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url, reached, close };
}

/**
 * Returns the first of `patterns` that some backend would see in a path. A pattern is one of the worker's
 * routes.
 */
export function handlerOf(path, patterns) {
  const forms = readings(path);
  return patterns.find((pattern) => forms.some((form) => matches(form, pattern)));
}

const STEPS = [
  (path) =>
    Buffer.from(
      path.replaceAll(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(parseInt(digits, 16))),
      'latin1',
    )
      .toString()
      .split('\0')[0],
  (path) => path.replaceAll(/;[^/]*/g, ''),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replaceAll(/\/{2,}/g, '/'),
  (path) => resolveDots(path),
];
const ORDERS = orders(STEPS);
const READ = new Map();

/** Applies any of the steps in any order. Then neither a final slash nor case matters. */
function readings(path) {
  if (!READ.has(path)) READ.set(path, readAnew(path));
  return READ.get(path);
}

function readAnew(path) {
  const forms = ORDERS.map((steps) => steps.reduce((form, step) => step(form), path));
  const folded = [...new Set(forms)].flatMap((form) => [form.toLowerCase(), form.toUpperCase().toLowerCase()]);
  return [...new Set(folded.map(trimmed))];
}

function orders(steps) {
  return [
    [],
    ...steps.flatMap((step) => orders(steps.filter((other) => other !== step)).map((rest) => [step, ...rest])),
  ];
}

function resolveDots(path) {
  const segments = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') segments.pop();
    else if (segment !== '.') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

function matches(form, pattern) {
  const below = pattern.endsWith('/*');
  const wanted = trimmed(pattern.replace(/\/\*$/, '')).toLowerCase().split('/');
  const found = form.split('/');
  return (
    (below ? found.length >= wanted.length : found.length === wanted.length) &&
    wanted.every((segment, index) => segment === found[index] || (segment === '{id}' && found[index] !== ''))
  );
}

function trimmed(path) {
  return path.replace(/\/+$/, '');
}
