// Sends requests at a steady pace, whatever becomes of earlier ones, and records each.
import { send } from '../../../testing/exchange.mjs';

export class SteadyLoad {
  /** `{ issuer, token, sentAt, answeredAt, status, code }`. `code` is "ok" or the refusal's. */
  records = [];
  #worker;
  #issuers;
  #pause;
  #timer;
  #turn = 0;
  #open = new Set();

  /** Every `everyMs` each issuer sends a good token, and a bad one if it has any. */
  constructor({ worker, issuers, everyMs }) {
    this.#worker = worker;
    this.#issuers = issuers;
    this.#pause = everyMs / issuers.length;
  }

  start() {
    this.#timer = setInterval(() => this.#tick(), this.#pause);
  }

  /** Sends nothing more and waits for what is under way. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  #tick() {
    const round = Math.floor(this.#turn / this.#issuers.length);
    const issuer = this.#issuers[this.#turn % this.#issuers.length];
    this.#turn += 1;
    for (const tokens of [issuer.good, issuer.bad]) {
      if (tokens.length > 0) this.#send(issuer, tokens[round % tokens.length]);
    }
  }

  #send(issuer, token) {
    const request = this.#exchange(issuer, token).finally(() => this.#open.delete(request));
    this.#open.add(request);
  }

  async #exchange(issuer, token) {
    const record = { issuer, token, sentAt: Date.now() };
    try {
      const { status, body } = await send(this.#worker.url, '/orders', { headers: issuer.headers(token.text) });
      Object.assign(record, { status, code: status === 200 ? 'ok' : JSON.parse(body.toString()).code });
    } catch (error) {
      Object.assign(record, { status: 0, code: error.message });
    }
    this.records.push({ ...record, answeredAt: Date.now() });
  }
}
