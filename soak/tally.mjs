// Counts what became of requests, by kind.
import { createHistogram } from 'node:perf_hooks';

const EXAMPLES = 10;

export class Tally {
  /** Maps a kind to `{ side, sent, right, refused, wrong, lost, unfinished, unexpected, codes }`. */
  rows = new Map();
  /** The first few unexpected outcomes. */
  surprises = [];
  #isExpected;
  #latencies = createHistogram({ figures: 3 });

  /** `isExpected(outcome)` says whether such a request may have this outcome. */
  constructor(isExpected) {
    this.#isExpected = isExpected;
  }

  add(outcome) {
    const { side, kind, name, verdict, code, sentAt, answeredAt } = outcome;
    const row = this.rows.get(kind) ?? {
      side,
      sent: 0,
      right: 0,
      refused: 0,
      wrong: 0,
      lost: 0,
      unfinished: 0,
      unexpected: 0,
      codes: {},
    };
    this.rows.set(kind, row);
    row.sent += 1;
    row[verdict] += 1;
    if (code !== undefined) row.codes[code] = (row.codes[code] ?? 0) + 1;
    if (side === 'valid') this.#latencies.record(Math.max(1, Math.round((answeredAt - sentAt) * 1000)));
    if (this.#isExpected(outcome)) return;
    row.unexpected += 1;
    if (this.surprises.length < EXAMPLES) this.surprises.push({ kind, name, verdict, code });
  }

  /** Adds up the rows of a side. */
  total(side) {
    const sum = { sent: 0, right: 0, refused: 0, wrong: 0, lost: 0, unfinished: 0, unexpected: 0 };
    for (const row of this.rows.values())
      if (row.side === side) for (const name of Object.keys(sum)) sum[name] += row[name];
    return sum;
  }

  /** The latencies of the valid requests, in ms. */
  get latency() {
    const millis = (share) => this.#latencies.percentile(share) / 1000;
    return { p50: millis(50), p99: millis(99), most: this.#latencies.max / 1000 };
  }
}
