// On a narrow screen, what there is to choose from makes room for the result.
import { byId } from './dom.js';

const NARROW = matchMedia('(max-width: 47.99rem)');
const toggle = byId('picker-toggle');
const setOpen = (open) => toggle.setAttribute('aria-expanded', String(open));

export function startPicker() {
  setOpen(!NARROW.matches);
  toggle.addEventListener('click', () => setOpen(toggle.getAttribute('aria-expanded') === 'false'));
  // A link into it opens it.
  document.querySelector('a[href="#send"]').addEventListener('click', () => setOpen(true));
  document.querySelector('a[href="#own"]').addEventListener('click', () => {
    setOpen(true);
    /** @type {HTMLDetailsElement} */ (byId('own')).open = true;
  });
}

/** Once something was chosen; the focus goes to the result, since what had it is hidden now. */
export function closePicker() {
  if (!NARROW.matches) return;
  setOpen(false);
  byId('result').focus({ preventScroll: true });
  byId('result').scrollIntoView({ block: 'start' });
}
