// @ts-check
// Statistics of several measurements of one thing.

/** @param {ArrayLike<number>} values */
export const median = (values) => quantile(values, 0.5);

/**
 * Returns the value below which that share of all values lies, interpolated.
 *
 * @param {ArrayLike<number>} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return NaN;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const next = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (next - sorted[below]) * (at - below);
}

/**
 * Returns the median and the quartiles: half of all measurements lie between `low` and `high`.
 *
 * @typedef {{ median: number, low: number, high: number }} Summary
 *
 * @param {ArrayLike<number>} values
 * @returns {Summary}
 */
export const summary = (values) => ({
  median: median(values),
  low: quantile(values, 0.25),
  high: quantile(values, 0.75),
});

/**
 * Returns the order of a round. Each item comes first once in as many rounds as there are items.
 *
 * @template Item
 * @param {Item[]} items
 * @param {number} round
 */
export const rotated = (items, round) => items.map((_, index) => items[(index + round) % items.length]);
