// Tables in Markdown, so that what is printed can be committed as it is.

/** `rows` are arrays of texts and numbers, as wide as `head`. */
export function table(head, rows) {
  const texts = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(3, ...texts.map((row) => row[column].length)));
  const cell = (text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]));
  const line = (row) => `| ${row.map(cell).join(' | ')} |`;
  const dashes = (width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`);
  const rule = `|${widths.map(dashes).join('|')}|`;
  const [first, ...others] = texts.map(line);
  return [first, rule, ...others].join('\n');
}

export const fixed = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '–');

/** A median with its quartiles. */
export const spread = ({ median, low, high }, digits = 0) =>
  `${fixed(median, digits)} (${fixed(low, digits)}–${fixed(high, digits)})`;
