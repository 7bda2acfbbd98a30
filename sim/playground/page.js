// The playground. Sends requests, shows what became of them, and watches the keys.
import { ask, order } from './api.js';
import { startAudience } from './audience.js';
import { announce, byId, el, trouble } from './dom.js';
import { closePicker, startPicker } from './picker.js';
import { startKeys } from './keys.js';
import { startOwnToken } from './own-token.js';
import { showStory, summary } from './story.js';

let latest = 0;

/**
 * Has a request sent and shows its story. `name` is the server's order of that name.
 *
 * @param {string} name
 * @param {object} body
 * @param {{ what?: string, quietly?: boolean }} [options]
 */
async function show(name, body, { what, quietly = false } = {}) {
  const mine = (latest += 1);
  document.querySelector('.scenario[aria-current]')?.removeAttribute('aria-current');
  const story = byId('story');
  story.setAttribute('aria-busy', 'true');
  if (!quietly) announce(`Sending: ${what}`);
  try {
    const told = await order(name, body);
    if (mine !== latest) return undefined;
    trouble();
    showStory(story, told);
    announce(summary(told));
    return told;
  } catch (error) {
    if (mine === latest) trouble(error.message);
    return undefined;
  } finally {
    if (mine === latest) story.setAttribute('aria-busy', 'false');
  }
}

function startScenarios({ scenarios }) {
  const wanted = location.hash.slice(1);
  const all = scenarios.flatMap(({ requests }) => requests);
  const first = all.find(({ id }) => id === wanted) ?? all[0];
  const buttons = new Map();
  const choose = async (scenario, quietly) => {
    const done = show('scenario', { id: scenario.id }, { what: scenario.what, quietly });
    buttons.get(scenario.id).setAttribute('aria-current', 'true');
    if (!quietly) history.replaceState(null, '', `#${scenario.id}`);
    if (!quietly) closePicker();
    await done;
  };
  const button = (scenario) => {
    const { status, code } = scenario.expected;
    const made = el(
      'button',
      { type: 'button', class: 'scenario', 'data-id': scenario.id, onclick: () => choose(scenario, false) },
      el('span', { class: 'what' }, scenario.what),
      el(
        'span',
        { class: `expected ${code === '' ? 'good' : 'bad'}` },
        code === '' ? 'passes' : `${status}`,
        scenario.slow && el('span', { class: 'wait' }, 'some seconds'),
      ),
    );
    buttons.set(scenario.id, made);
    return el('li', {}, made);
  };
  byId('scenarios').replaceChildren(
    ...scenarios.map(({ group, requests }, index) =>
      el(
        'details',
        { open: index === 0 || requests.includes(first) },
        el('summary', {}, el('h3', {}, group), el('span', { class: 'count' }, requests.length)),
        el('ul', {}, requests.map(button)),
      ),
    ),
  );
  return choose(first, true);
}

try {
  const catalogue = await ask('catalogue');
  startPicker();
  startOwnToken(catalogue, show);
  startAudience(catalogue, show);
  startKeys(catalogue);
  await startScenarios(catalogue);
} catch (error) {
  trouble(error.message);
}
