// Thousands of connections on which nothing happens. The runtime ends a connection after 15 seconds; a new one
// replaces it.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../testing/statistics.mjs';
import { Connection } from './connection.mjs';
import { validRequest } from './valid.mjs';

const AT_ONCE = 50;
const FEW = 10;
const EVERY_MS = 250;

/** Limits the number, since each connection is an open file in two processes that need other files, too. */
export function affordable(wanted) {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return limit === 'unlimited' ? wanted : Math.max(FEW, Math.min(wanted, Math.floor(Number(limit) / 2) - 500));
}

export class Idle {
  /** How many connections were opened, and how many could not be. */
  opened = 0;
  failed = 0;
  #port;
  #count;
  #connections = [];
  #counts = [];
  #over = false;
  #kept;

  /** Opens `count` connections and keeps that many open. */
  static async open(port, count) {
    const idle = new Idle();
    idle.#port = port;
    idle.#count = count;
    await idle.#fill();
    idle.#kept = idle.#keep();
    return idle;
  }

  /** How many were open at the times of counting: the median and the minimum. */
  get counted() {
    return { median: median(this.#counts), least: Math.min(...this.#counts) };
  }

  /**
   * Sends a request over each open connection, to see whether it works, and closes it. Returns how many
   * verdicts of each kind there were. The runtime may end a connection at that very moment; its verdict is
   * "lost".
   */
  async wake(host, signing) {
    this.#over = true;
    await this.#kept;
    const verdicts = {};
    await inBatches(this.#connections, async (connection) => {
      const request = validRequest({ host, credential: signing.repeated('jtl', 0) });
      const { verdict } = await request.perform(connection).catch(() => ({ verdict: 'lost' }));
      verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      connection.close();
    });
    return verdicts;
  }

  async #keep() {
    for (; !this.#over; await sleep(EVERY_MS)) {
      this.#connections = this.#connections.filter(({ isOpen }) => isOpen);
      this.#counts.push(this.#connections.length);
      await this.#fill();
    }
  }

  async #fill() {
    await inBatches(Array.from({ length: this.#count - this.#connections.length }), async () => {
      const connection = await Connection.open(this.#port).catch(() => undefined);
      if (!connection) return (this.failed += 1);
      this.opened += 1;
      this.#connections.push(connection);
    });
  }
}

async function inBatches(items, act) {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(act));
}
