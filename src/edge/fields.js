// Header fields whose names JavaScript knows already: only their values cross from Rust.

// The value that stands for an absent one, as in fields.rs.
const ABSENT = '\t';

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
