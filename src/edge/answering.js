import { appendOwn } from './fields.js';

/**
 * Returns a response. `values` has one line for each field that the worker's own responses may have.
 * @param {number} status
 * @param {string} values
 * @param {string} body
 */
export function respond(status, values, body) {
  const headers = new Headers();
  appendOwn(headers, values);
  return new Response(body === '' ? null : body, { status, headers });
}
