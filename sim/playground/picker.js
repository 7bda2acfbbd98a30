// On a narrow screen, the list of requests is hidden while a result is shown.
import { byId } from './dom.js';

const NARROW = matchMedia('(max-width: 47.99rem)');
const toggle = byId('picker-toggle');
const setOpen = (open) => toggle.setAttribute('aria-expanded', String(open));

export function startPicker() {
  setOpen(!NARROW.matches);
  toggle.addEventListener('click', () => setOpen(toggle.getAttribute('aria-expanded') === 'false'));
  // A link into the list opens it.
  document.querySelector('a[href="#send"]').addEventListener('click', () => setOpen(true));
  document.querySelector('a[href="#own"]').addEventListener('click', () => {
    setOpen(true);
    /** @type {HTMLDetailsElement} */ (byId('own')).open = true;
  });
}

/** Closes the list after a choice. The focus moves to the result, since the chosen element is hidden. */
export function closePicker() {
  if (!NARROW.matches) return;
  setOpen(false);
  byId('result').focus({ preventScroll: true });
  byId('result').scrollIntoView({ block: 'start' });
}
