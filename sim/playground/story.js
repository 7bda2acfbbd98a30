// Shows what became of one request.
import { comparison } from './comparison.js';
import { el } from './dom.js';
import { REMOVED, STEP_STATES } from './labels.js';

/** Shows what the server told about a request. */
export function showStory(place, told) {
  place.replaceChildren(
    verdict(told),
    journey(told),
    ...(told.steps.length > 0 ? [part('In Drawbridge, step by step', pipeline(told))] : []),
    ...(told.audience ? [part('The audience', comparison(told.audience))] : []),
    part('What the backend received', backend(told)),
    details('What the caller got back', told.answer.problem !== undefined, answer(told)),
    details('What the caller sent', false, message(told.sent, 'Headers that the caller sent')),
    ...(told.forwarded
      ? [
          details(
            'What the gateway sent on to Drawbridge',
            false,
            message(told.forwarded, 'Headers that the gateway sent on'),
          ),
        ]
      : []),
    ...(told.token ? [details('The token, read without checking it', false, tokenParts(told.token))] : []),
  );
}

/** Says the same in a sentence or two. */
export function summary({ what, found, steps, answer: { problem } }) {
  const stop = steps.find(({ state }) => state === 'stopped');
  const where = stop ? ` at step ${stop.number}, ${stop.name}` : '';
  const outcome =
    found.code === '' ? `passed with ${found.status}` : `refused with ${found.status} ${found.code}${where}`;
  return `${what}: ${outcome}. ${problem?.detail ?? problem?.message ?? ''} ${reached(found.reached)}`.replace(
    / +/g,
    ' ',
  );
}

const reached = (times) => (times === 0 ? 'The backend received nothing.' : 'The backend received the request.');

function verdict(told) {
  const {
    what,
    group,
    found,
    expected,
    millis,
    steps,
    region,
    answer: { problem },
  } = told;
  const passed = found.code === '';
  const stop = steps.find(({ state }) => state === 'stopped');
  const by =
    steps.length === 0 && region
      ? 'Refused by the gateway itself'
      : `Refused at step ${stop?.number ?? '?'}, ${stop?.name ?? 'unknown'}`;
  const isPublic = steps.some(({ state }) => state === 'skipped');
  const good = isPublic ? 'Let through: the route is public' : 'Verified and let through';
  const asEver = expected && expected.status === found.status && expected.code === found.code;
  return el(
    'div',
    { class: `verdict ${passed ? 'good' : 'bad'}` },
    el('p', { class: 'request' }, el('strong', {}, what), group && ` · ${group}`),
    el(
      'p',
      { class: 'outcome' },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, passed ? '✔' : '✘'),
      el('span', { class: 'status' }, String(found.status)),
      el('span', { class: 'code' }, passed ? good : found.code),
    ),
    el(
      'p',
      {},
      passed ? reached(found.reached) : `${by}. ${problem?.detail ?? problem?.message ?? ''} ${reached(found.reached)}`,
    ),
    expected &&
      !asEver &&
      el(
        'p',
        { class: 'differs' },
        `With key sets that work and are known: ${expected.status} ${expected.code || 'and let through'}.`,
      ),
    el('p', { class: 'quiet' }, `${millis} ms${told.fetched.map(fetching).join('')}`),
  );
}

const fetching = ({ name, times }) =>
  `; meanwhile the worker asked ${name} for its keys${times > 1 ? ` ${times} times` : ''}`;

/** Shows the way of the request, as far as it got. */
function journey({ region, forwarded, steps, found, sent, token }) {
  const [, target] = sent.headers.find(([name]) => name.toLowerCase() === 'x-forward-to') ?? [undefined, sent.url];
  const stopped = found.code !== '';
  const stations = [
    {
      name: region ? 'Application' : 'Caller',
      note: `${sent.method} ${target.replace(/^[a-z]+:\/\/[^/]+/, '')}`,
      state: 'passed',
    },
    ...(region
      ? [
          {
            name: `Gateway ${region.id}`,
            note: forwarded ? 'adds the exchange token' : 'refuses',
            state: forwarded ? 'passed' : 'stopped',
          },
        ]
      : []),
    {
      name: 'Drawbridge',
      note: station(steps, token),
      state: steps.length === 0 ? 'unreached' : stopped ? 'stopped' : 'passed',
    },
    {
      name: 'Backend',
      note: found.reached > 0 ? 'receives it with the identity' : 'receives nothing',
      state: found.reached > 0 ? 'passed' : 'unreached',
    },
  ];
  if (found.reached > 0 && !token) stations.at(-1).note = 'receives it without an identity';
  return el(
    'ol',
    { class: 'journey', 'aria-label': 'The way of the request' },
    stations.map(({ name, note, state }) => el('li', { class: state }, el('strong', {}, name), el('span', {}, note))),
  );
}

function station(steps, token) {
  if (steps.length === 0) return 'sees nothing of it';
  const stop = steps.find(({ state }) => state === 'stopped');
  if (stop) return `stops it at step ${stop.number}`;
  return token ? 'verifies, removes the token' : 'lets it through';
}

function pipeline({ steps, answer: { problem } }) {
  return el(
    'ol',
    { class: 'steps' },
    steps.map(({ name, what, state }) => {
      const { mark, text } = STEP_STATES[state];
      return el(
        'li',
        { class: state },
        el('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
        el('span', { class: 'step' }, el('strong', {}, name), ' ', el('span', { class: 'quiet' }, what)),
        el('span', { class: 'says' }, state === 'stopped' ? [`${text}: `, el('code', {}, problem?.code ?? '')] : text),
      );
    }),
  );
}

function backend({ backend: received, token }) {
  if (!received) return el('p', { class: 'nothing' }, 'Nothing: no connection, no header, no byte of a body.');
  const { method, url, headers, removed, body } = received;
  // The headers of the identity come first, then the caller's, then those of the connection.
  const order = ['identity', 'caller', 'runtime'];
  const sorted = [...headers].sort((a, b) => order.indexOf(a.origin) - order.indexOf(b.origin));
  const from = { identity: 'added by Drawbridge', caller: 'as sent', runtime: 'the connection’s' };
  const row = ({ name, value, origin }) =>
    el(
      'tr',
      { class: origin },
      el('th', { scope: 'row' }, origin === 'identity' ? el('ins', {}, name) : name),
      el('td', {}, value),
      el('td', { class: 'from' }, from[origin]),
    );
  const gone = ({ name, value, reason }) =>
    el(
      'tr',
      { class: 'removed' },
      el('th', { scope: 'row' }, el('del', {}, name)),
      el('td', {}, el('del', {}, shortened(value))),
      el('td', { class: 'from' }, `removed: ${REMOVED[reason]}`),
    );
  return [
    el('p', {}, el('code', { class: 'line' }, `${method} ${url}`)),
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Headers that the backend received' },
      el(
        'table',
        { class: 'headers' },
        el('caption', { class: 'unseen' }, 'Headers that the backend received, and those that were removed'),
        el(
          'thead',
          { class: 'unseen' },
          el(
            'tr',
            {},
            ['Header', 'Value', 'From'].map((title) => el('th', { scope: 'col' }, title)),
          ),
        ),
        el(
          'tbody',
          {},
          sorted.filter(({ origin }) => origin === 'identity').map(row),
          removed.map(gone),
          sorted.filter(({ origin }) => origin !== 'identity').map(row),
        ),
      ),
    ),
    body.length > 0 && el('p', {}, 'Body: ', el('code', { class: 'line' }, body.text ?? `${body.length} bytes`)),
    !token &&
      el(
        'p',
        { class: 'quiet' },
        'Without a token there is no identity; what a caller had written under these names would have been removed.',
      ),
  ];
}

function answer({ answer: { status, headers, body, problem } }) {
  return [
    el('p', {}, el('code', { class: 'line' }, `HTTP ${status}`), problem && ' with a problem document (RFC 9457)'),
    el(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Headers of the answer' },
      headerTable(headers, 'Headers of the answer'),
    ),
    code(pretty(body), 'Body of the answer'),
  ];
}

const message = ({ method, url, headers, body }, title) => [
  el('p', {}, el('code', { class: 'line' }, `${method} ${url}`)),
  el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title }, headerTable(headers, title)),
  body && el('p', {}, 'Body: ', el('code', { class: 'line' }, body)),
];

function tokenParts({ header, head, claims, text }) {
  return [
    el('p', { class: 'quiet' }, `In ${header}, ${text.length} characters.`),
    head ? code(JSON.stringify(head, null, 2), 'Header of the token') : el('p', {}, 'Its header cannot be read.'),
    claims ? code(JSON.stringify(claims, null, 2), 'Claims of the token') : el('p', {}, 'Its claims cannot be read.'),
  ];
}

function headerTable(headers, caption) {
  return el(
    'table',
    { class: 'headers' },
    el('caption', { class: 'unseen' }, caption),
    el(
      'tbody',
      {},
      headers.map(([name, value]) => el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, value))),
    ),
  );
}

const part = (title, ...content) => el('section', { class: 'part' }, el('h3', {}, title), content);
const details = (title, open, ...content) =>
  el('details', { class: 'part', open }, el('summary', {}, el('h3', {}, title)), content);
const code = (text, label) => el('pre', { tabindex: '0', role: 'region', 'aria-label': label }, el('code', {}, text));
const shortened = (text) => (text.length > 60 ? `${text.slice(0, 34)} … ${text.slice(-12)}` : text);

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text === '' ? '(no body)' : text;
  }
}
