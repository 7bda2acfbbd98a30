// Counts what was lost while a part was down, and what was lost at other times.

const EXAMPLES = 10;

/** What may become of a valid request while a part is down. If the list is empty, nothing may be lost. */
const ALLOWED = {
  issuer: [],
  backend: ['upstream_unreachable', 'connection broken'],
  worker: ['connection refused', 'connection broken'],
};

export class Ledger {
  sent = 0;
  right = 0;
  /** How many requests were not answered correctly, by code. */
  losses = {};
  #failures = [];
  #answers = [];
  #part;

  constructor(part) {
    this.#part = part;
  }

  /** Adds the outcome of a valid request, as tally.mjs describes it. */
  add({ kind, verdict, code = verdict, sentAt, answeredAt }) {
    this.sent += 1;
    if (verdict === 'right') {
      this.right += 1;
      this.#answers.push({ sentAt, answeredAt });
      return;
    }
    this.losses[code] = (this.losses[code] ?? 0) + 1;
    this.#failures.push({ kind, code, sentAt, answeredAt });
  }

  /**
   * Returns losses with another code, and losses of requests that were neither sent nor answered between these
   * moments.
   */
  unexpected({ killedAt, upAt }) {
    const isExpected = ({ code, sentAt, answeredAt }) =>
      ALLOWED[this.#part].includes(code) && sentAt <= upAt && answeredAt >= killedAt;
    const found = this.#failures.filter((failure) => !isExpected(failure));
    return { count: found.length, examples: found.slice(0, EXAMPLES) };
  }

  /**
   * Returns how many correct answers came to requests that were sent after `from` and answered before `until`,
   * and when the first one came.
   */
  after(from, until = Infinity) {
    const found = this.#answers.filter(({ sentAt, answeredAt }) => sentAt >= from && answeredAt <= until);
    return { first: Math.min(...found.map(({ answeredAt }) => answeredAt)), count: found.length };
  }
}
