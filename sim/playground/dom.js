// Elements. Any text becomes a text node, never markup.

/**
 * Makes an element with children and attributes. Attributes `on…` are listeners; true sets an attribute, false
 * leaves it out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/**
 * Returns a form and its fields by name.
 *
 * @param {string} id
 */
export function formById(id) {
  const form = /** @type {HTMLFormElement} */ (byId(id));
  return { form, fields: /** @type {Record<string, any>} */ (form.elements) };
}

/** Fills a `<select>`. */
export function fill(select, values, label = (value) => value) {
  select.replaceChildren(...values.map((value) => el('option', { value }, label(value))));
}

/** Says something to a person who cannot see the page. */
export function announce(text) {
  byId('announcement').textContent = text;
}

/** Shows what went wrong with the page itself. Without a text it hides that. */
export function trouble(text = '') {
  const box = byId('trouble');
  if (box.textContent !== text) box.textContent = text;
  box.hidden = text === '';
}
