// What happens to the identity providers during the traffic: their keys rotate, and they fail.
import { setTimeout as sleep } from 'node:timers/promises';

/** Ways of being down, in turn. */
export const OUTAGES = ['connection refused', 'status 503', 'no answer', 'garbage', 'connection destroyed'];
const FAULTS = {
  'status 503': 'status',
  'no answer': { mode: 'slow-header', ms: 600_000 },
  garbage: 'garbage',
  'connection destroyed': 'down',
};

export class Schedule {
  rotations = 0;
  /** The number of outages by kind. */
  outages = Object.fromEntries(OUTAGES.map((name) => [name, 0]));
  /** Attempts to fetch keys while that was impossible, although the identity provider was there. */
  fetchesInVain = 0;
  /** The longest time until the worker had taken up what was published, in seconds. */
  slowest = 0;
  #stage;
  #clients;
  #pace;

  constructor(stage, clients, pace) {
    this.#stage = stage;
    this.#clients = clients;
    this.#pace = pace;
  }

  /** Alternates rotations and outages until `isOver()` at the end of a pair. */
  async run(isOver, say) {
    for (let round = 0; round === 0 || !isOver(); round += 1) {
      await this.#rotate();
      await sleep(this.#pace.calmMillis);
      const outage = OUTAGES[round % OUTAGES.length];
      say(`keys rotated; the identity providers are down: ${outage}`);
      await this.#outage(outage);
      await sleep(this.#pace.calmMillis);
    }
  }

  /**
   * Rotates as OpenID Connect Core, section 10.1.1, asks: a new key is published, then signs, then the old one
   * is removed. A request counts as valid if the worker has had the time to learn of its key. A token of a
   * removed key counts as hostile once the worker has confirmed the set without that key.
   */
  async #rotate() {
    const { signing } = this.#stage;
    await signing.announce();
    await this.#publish();
    const last = await signing.change();
    await this.#clients.turnover();
    signing.retire();
    await this.#publish();
    signing.remove(last);
    this.rotations += 1;
  }

  async #publish() {
    const started = performance.now();
    await this.#stage.publish();
    await this.#stage.taken();
    this.slowest = Math.max(this.slowest, (performance.now() - started) / 1000);
  }

  async #outage(name) {
    const { issuer } = this.#stage;
    const fetches = async () =>
      Object.values(await issuer.call('counts')).reduce((sum, count) => sum + count.fetches, 0);
    if (name === 'connection refused') {
      await issuer.kill();
      await sleep(this.#pace.outageMillis);
      await issuer.restart();
    } else {
      const before = await fetches();
      await issuer.call('fault', FAULTS[name]);
      await sleep(this.#pace.outageMillis);
      this.fetchesInVain += (await fetches()) - before;
      await issuer.call('fault', 'ok');
    }
    this.outages[name] += 1;
  }
}
