import { append } from './fields.js';

/** @type {string[]} */
let fields = [];

/**
 * Stores the names of the header fields that the worker's own responses may have.
 * @param {string[]} names
 */
export function install(names) {
  fields = names;
}

/**
 * Returns a response. `values` has one line for each of the fields.
 * @param {number} status
 * @param {string} values
 * @param {string} body
 */
export function respond(status, values, body) {
  const headers = new Headers();
  append(headers, fields, values.split('\n'), 0);
  return new Response(body === '' ? null : body, { status, headers });
}
