// Header fields whose names JavaScript knows already: only their values cross from Rust.

// The value that stands for an absent one, as in fields.rs.
const ABSENT = '\t';

/** @type {string[]} */
let own = [];

/**
 * Stores the names of the header fields that the worker's own responses may have: one a line.
 * @param {string} names
 */
export function install(names) {
  own = names.split('\n');
}

/**
 * Appends the fields of one of the worker's own responses. `values` has one line for each of them.
 * @param {Headers} headers
 * @param {string} values
 */
export function appendOwn(headers, values) {
  append(headers, own, values.split('\n'), 0);
}

/**
 * Appends the fields whose values are present.
 * @param {Headers} headers
 * @param {string[]} names
 * @param {string[]} values
 * @param {number} first The index of the first name's value.
 */
export function append(headers, names, values, first) {
  for (let i = 0; i < names.length; i += 1) {
    if (values[first + i] !== ABSENT) headers.append(names[i], values[first + i]);
  }
}
