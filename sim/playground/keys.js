// The identity providers: what the worker holds of their keys, and what can happen to them.
import { ask, order } from './api.js';
import { announce, byId, el, fill, trouble } from './dom.js';
import { ENDPOINTS, FAULTS, ROTATIONS, STATES } from './labels.js';

const EVERY_MS = 1_000;

/** Shows a card for each provider and keeps it up to date. */
export function startKeys({ keys, rotations, faults }) {
  byId('keys-about').textContent =
    `Here a key set is fresh for ${keys.fresh_seconds} s and may serve for ${keys.stale_seconds} s more ` +
    `while it cannot be refreshed, with at least ${keys.cooldown_seconds} s between two attempts. In earnest ` +
    'these are minutes and a day.';
  const cards = new Map();
  let shown = new Map();

  const update = ({ issuers, health }) => {
    for (const issuer of issuers) {
      if (!cards.has(issuer.id)) {
        cards.set(issuer.id, card(issuer, { rotations, faults, act }));
        byId('issuers').append(cards.get(issuer.id).element);
      }
      cards.get(issuer.id).update(issuer, sourceOf(health, issuer), keys);
    }
    shown = new Map(issuers.map((issuer) => [issuer.id, issuer]));
  };
  const refresh = async () => {
    try {
      update(await ask('state'));
      if (byId('trouble').dataset.from === 'keys') said('');
    } catch (error) {
      said(error.message);
    }
  };
  const act = async (name, body, text) => {
    try {
      await order(name, body);
      await refresh();
      announce(text);
    } catch (error) {
      trouble(error.message);
    }
  };
  const all = async (mode, text) => {
    const everything = [...shown.values()].flatMap(({ id, endpoints }) =>
      Object.keys(endpoints).map((endpoint) => ({ issuer: id, endpoint, mode })),
    );
    const meant = mode === 'ok' ? everything : everything.filter(({ endpoint }) => endpoint === 'jwks');
    for (const body of meant) await act('fault', body, text);
  };
  byId('all-down').addEventListener('click', () => all('down', 'All key sets are down.'));
  byId('all-up').addEventListener('click', () => all('ok', 'Everything is up.'));

  (async function watch() {
    for (;;) {
      if (!document.hidden) await refresh();
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
}

/** Shows trouble that disappears when the server answers again. */
function said(text) {
  byId('trouble').dataset.from = text === '' ? '' : 'keys';
  trouble(text);
}

const sourceOf = (health, { url }) =>
  health?.sources?.find(({ source }) => source === url || source.startsWith(`${url}/`));

/**
 * Makes the card of one provider: `{ element, update() }`. It is made once, so that a focused control stays.
 */
function card(issuer, { rotations, faults, act }) {
  const { id, name, url, endpoints } = issuer;
  const shown = {
    state: el('span', { class: 'state' }),
    age: el('p', { class: 'age' }),
    fresh: el('span', { class: 'fill' }),
    stale: el('span', { class: 'fill' }),
    published: el('dd'),
    fetched: el('dd'),
    error: el('p', { class: 'error' }),
  };
  const faultRows = Object.keys(endpoints).map((endpoint) => faultRow(issuer, endpoint, { faults, act }));
  const element = el(
    'article',
    { class: 'issuer', 'data-issuer': id, 'aria-labelledby': `issuer-${id}` },
    el('header', {}, el('h3', { id: `issuer-${id}` }, name), shown.state),
    el(
      'div',
      { class: 'gauge', 'aria-hidden': 'true' },
      el('span', { class: 'fresh' }, shown.fresh),
      el('span', { class: 'stale' }, shown.stale),
    ),
    shown.age,
    shown.error,
    el(
      'dl',
      { class: 'facts' },
      el('dt', {}, 'Publishes'),
      shown.published,
      el('dt', {}, 'Fetched'),
      shown.fetched,
      el('dt', {}, 'Issuer'),
      el('dd', {}, el('code', {}, url)),
    ),
    rotationRow(issuer, { rotations, act }),
    faultRows.map(({ element: row }) => row),
  );
  return {
    element,
    update: (issuerNow, source, keys) => {
      showSource(shown, source, keys);
      showIssuer(shown, issuerNow);
      for (const { update } of faultRows) update(issuerNow);
    },
  };
}

/** Makes the control that replaces the key of a provider. */
function rotationRow({ id, name }, { rotations, act }) {
  const select = el('select', { id: `rotation-${id}` });
  fill(select, rotations, (mode) => ROTATIONS[mode] ?? mode);
  const rotate = el(
    'button',
    {
      type: 'button',
      onclick: () => act('rotate', { issuer: id, mode: select.value }, `${name}: ${ROTATIONS[select.value]}.`),
    },
    'Rotate',
    el('span', { class: 'unseen' }, ` the key of ${name}`),
  );
  return el('div', { class: 'control' }, el('label', { for: select.id }, 'Key rotation'), select, rotate);
}

/** Makes the control that sets what an endpoint does: `{ element, update() }`. */
function faultRow({ id, name }, endpoint, { faults, act }) {
  const label = ENDPOINTS[endpoint] ?? endpoint;
  const now = el('span', { class: 'now' });
  const select = el('select', { id: `fault-${id}-${endpoint}` });
  fill(select, faults, (mode) => FAULTS[mode] ?? mode);
  const set = el(
    'button',
    {
      type: 'button',
      onclick: () =>
        act('fault', { issuer: id, endpoint, mode: select.value }, `${name}, ${label}: ${FAULTS[select.value]}.`),
    },
    'Set',
    el('span', { class: 'unseen' }, ` what the ${label} of ${name} does`),
  );
  let before;
  return {
    element: el('div', { class: 'control' }, el('label', { for: select.id }, `${label} `, now), select, set),
    update: ({ endpoints }) => {
      const mode = endpoints[endpoint];
      setText(now, mode === 'ok' ? 'works' : (FAULTS[mode] ?? mode));
      now.className = `now ${mode === 'ok' ? 'good' : 'bad'}`;
      // Only if the mode has changed, so that a choice that was not sent yet stays.
      if (before !== mode) select.value = mode === 'ok' ? 'down' : 'ok';
      before = mode;
    },
  };
}

/** Shows what the worker says of its keys. */
function showSource({ state, age, fresh, stale, error }, source, keys) {
  const kind = source?.state ?? 'unknown';
  state.className = `state ${kind}`;
  setText(state, STATES[kind] ?? 'not known');
  setText(age, ageText(source, keys));
  const seconds = source?.age_seconds;
  const part = (from, length) => (seconds === undefined ? 0 : Math.max(0, Math.min(1, (seconds - from) / length)));
  fresh.style.setProperty('--part', String(part(0, keys.fresh_seconds)));
  stale.style.setProperty('--part', String(part(keys.fresh_seconds, keys.stale_seconds)));
  setText(error, source?.last_error ? errorText(source.last_error) : '');
  error.hidden = !source?.last_error;
}

/** Shows what the provider publishes, and how often that was fetched. */
function showIssuer({ published, fetched }, { published: kids, signer, fetches }) {
  const texts = kids.map((kid) => `${(kid ?? 'no key id').slice(0, 8)}${kid === signer ? ' (signs)' : ''}`);
  setText(published, texts.join(', '));
  setText(fetched, fetches === 1 ? 'once' : `${fetches} times`);
}

function ageText(source, { fresh_seconds: fresh, stale_seconds: stale }) {
  const seconds = source?.age_seconds;
  if (!source) return 'The worker says nothing about it yet.';
  if (seconds === undefined) return 'The worker holds no keys of it.';
  const keys = source.keys === 1 ? '1 key' : `${source.keys} keys`;
  if (seconds < fresh) return `${keys}, ${seconds} s old`;
  if (seconds < fresh + stale)
    return `${keys}, ${seconds} s old; without a refresh usable for ${fresh + stale - seconds} s more`;
  return `${keys}, ${seconds} s old: not used any more`;
}

function errorText(error) {
  const { cause, age_seconds: ago } = typeof error === 'string' ? { cause: error } : error;
  return `Last attempt failed: ${cause}${ago === undefined ? '' : `, ${ago} s ago`}`;
}

/** Sets a text only if it differs, so that nothing is read out twice and no selection is lost. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
