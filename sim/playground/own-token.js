// The form for a token of one's own, which is sent straight to the worker.
import { order } from './api.js';
import { announce, byId, el, fill, formById, trouble } from './dom.js';
import { closePicker } from './picker.js';

/** Starts the form. `show` sends a request. */
export function startOwnToken({ methods, tokenHeaders }, show) {
  const { form, fields } = formById('own-form');
  const headerNames = { authorization: 'Authorization: Bearer', 'x-session-id': 'X-Session-ID' };
  fill(fields.header, tokenHeaders, (name) => headerNames[name] ?? name);
  fill(fields.method, methods);
  const make = async (issuer, header, name) => {
    try {
      const { token } = await order('token', { issuer, path: fields.path.value });
      fields.token.value = token;
      fields.header.value = header;
      announce(`${name}: made. The field for the token holds it.`);
      trouble();
    } catch (error) {
      trouble(error.message);
    }
  };
  const makers = [
    ['gcp-eu', 'authorization', 'A Merchant Center token, valid for 60 s'],
    ['jtl', 'x-session-id', 'A JTL session token'],
  ];
  byId('token-makers').replaceChildren(
    ...makers.map(([issuer, header, name]) =>
      el('button', { type: 'button', onclick: () => make(issuer, header, name) }, name),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const body = Object.fromEntries(new FormData(form));
    show('direct', body, { what: `${body.method} ${body.path} with your own token` });
    closePicker();
  });
}
