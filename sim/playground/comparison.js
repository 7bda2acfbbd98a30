// Explains a Merchant Center audience: who writes what, and where the two sides differ.
import { el } from './dom.js';

/** Shows the two audiences, each with its origin. */
export function comparison({ forwardTo, policy, found, expected, publicUrl, path, fits }) {
  const [foundParts, expectedParts] = differing(found, expected);
  const item = (term, ...description) => [el('dt', {}, term), el('dd', {}, description)];
  return el(
    'div',
    { class: `audience ${fits ? 'good' : 'bad'}` },
    el(
      'dl',
      {},
      forwardTo && item('The application put into X-Forward-To', el('code', {}, forwardTo)),
      item(
        forwardTo
          ? ['The gateway wrote as ', el('code', {}, 'aud'), ', by ', el('code', {}, policy)]
          : ['The token has as ', el('code', {}, 'aud')],
        marked(foundParts, fits),
      ),
      item(
        ['The worker has as ', el('code', {}, 'public_url')],
        el('code', {}, publicUrl),
        ', and the path is ',
        el('code', {}, path),
      ),
      item('So the worker expects', marked(expectedParts, fits)),
    ),
    el(
      'p',
      { class: 'fits' },
      el('span', { 'aria-hidden': 'true' }, fits ? '✔ ' : '✘ '),
      fits ? 'They are the same.' : 'They differ where marked.',
    ),
  );
}

function marked([before, differs, after], fits) {
  return el('code', {}, before, !fits && differs !== '' && el('mark', {}, differs), after);
}

/**
 * Splits each text into what both begin with, where they differ, and what both end with.
 *
 * @param {string} one
 * @param {string} other
 * @returns {[string, string, string][]}
 */
export function differing(one, other) {
  let start = 0;
  while (start < Math.min(one.length, other.length) && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [one, other].map((text) => [
    text.slice(0, start),
    text.slice(start, text.length - end),
    text.slice(text.length - end),
  ]);
}
