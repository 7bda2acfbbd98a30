// What was lost while a part was down, and what was lost otherwise.

const EXAMPLES = 10;

/** What may become of a valid request while that part is down; nothing may where none is named. */
const ALLOWED = {
  issuer: [],
  backend: ['upstream_unreachable', 'connection broken'],
  worker: ['connection refused', 'connection broken'],
};

export class Ledger {
  sent = 0;
  right = 0;
  /** Of those that were not answered rightly: how many by code. */
  losses = {};
  #failures = [];
  #answers = [];
  #part;

  constructor(part) {
    this.#part = part;
  }

  /** An outcome of a valid request, as of tally.mjs. */
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

  /** Losses with another code, or of requests of which no part was sent or answered between these moments. */
  unexpected({ killedAt, upAt }) {
    const isExpected = ({ code, sentAt, answeredAt }) =>
      ALLOWED[this.#part].includes(code) && sentAt <= upAt && answeredAt >= killedAt;
    const found = this.#failures.filter((failure) => !isExpected(failure));
    return { count: found.length, examples: found.slice(0, EXAMPLES) };
  }

  /** When the first right answer came to a request sent after this moment, and how many came to such between both. */
  after(from, until = Infinity) {
    const found = this.#answers.filter(({ sentAt, answeredAt }) => sentAt >= from && answeredAt <= until);
    return { first: Math.min(...found.map(({ answeredAt }) => answeredAt)), count: found.length };
  }
}
