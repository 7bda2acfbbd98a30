// @ts-check
// Tables in Markdown, so that printed results can be committed unchanged.

/**
 * Writes a table. Each row is as wide as `head`.
 *
 * @param {string[]} head
 * @param {unknown[][]} rows
 */
export function table(head, rows) {
  const texts = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...texts.map((row) => row[column].length)));
  const cell = (/** @type {string} */ text, /** @type {number} */ column) =>
    column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  const line = (/** @type {string[]} */ row) => `| ${row.map(cell).join(' | ')} |`;
  const dashes = (/** @type {number} */ width, /** @type {number} */ column) =>
    column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`;
  const rule = `|${widths.map(dashes).join('|')}|`;
  const [first, ...others] = texts.map(line);
  return [first, rule, ...others].join('\n');
}

/** Writes a number with that many digits, or a dash if it is not finite. */
export const fixed = (/** @type {number} */ value, digits = 0) =>
  Number.isFinite(value) ? value.toFixed(digits) : '–';

/**
 * Writes a median with its quartiles.
 *
 * @param {import('./statistics.mjs').Summary} summary
 */
export const spread = ({ median, low, high }, digits = 0) =>
  `${fixed(median, digits)} (${fixed(low, digits)}–${fixed(high, digits)})`;
