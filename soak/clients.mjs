// Clients that send one request after the other, each as soon as the last one is answered.
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, Lost } from './connection.mjs';
import { lost } from './judge.mjs';

// The pause between two attempts to connect while nobody listens.
const PAUSE = 50;

/** The connection of one client to the worker. If it has ended, the next request opens a new one. */
export class Line {
  #port;
  #connection;

  constructor(port) {
    this.#port = port;
  }

  async ask(bytes) {
    return (await this.#open()).ask(bytes);
  }

  async askSlowly(...args) {
    const connection = await this.#open();
    try {
      return await connection.askSlowly(...args);
    } finally {
      this.close();
    }
  }

  close() {
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #open() {
    if (!this.#connection?.isOpen) this.#connection = await Connection.open(this.#port);
    return this.#connection;
  }
}

export class Clients {
  #port;
  #record;
  #over = false;
  #clients = [];

  /** `record({ side, kind, verdict, code, sentAt, answeredAt })` receives the outcome of each request. */
  constructor(port, record) {
    this.#port = port;
    this.#record = record;
  }

  /** Starts `count` clients on one side, for example "valid". `next()` makes each request. */
  add(side, count, next) {
    for (let index = 0; index < count; index += 1) {
      const client = { side, line: new Line(this.#port) };
      client.done = this.#run(client, next);
      this.#clients.push(client);
    }
  }

  /** Resolves when every request that is under way now has been answered, except those of the slow clients. */
  async turnover() {
    await Promise.all(this.#clients.filter(({ side }) => side !== 'slow').map(({ current }) => current));
  }

  /** Sends nothing more, waits for what is under way, and hangs up on the slow clients. */
  async stop() {
    this.#over = true;
    await this.turnover();
    for (const { line } of this.#clients) line.close();
    await Promise.all(this.#clients.map(({ done }) => done));
  }

  async #run(client, next) {
    while (!this.#over) {
      client.current = this.#one(client, next);
      await client.current;
    }
  }

  async #one({ side, line }, next) {
    const request = await next();
    const sentAt = performance.now();
    const outcome = await request.perform(line).catch((error) => lost(reasonOf(error)));
    const cut = this.#over && side === 'slow' && outcome.verdict === 'lost';
    this.#record({
      side,
      kind: request.kind,
      name: request.name,
      ...outcome,
      ...(cut && { verdict: 'unfinished' }),
      sentAt,
      answeredAt: performance.now(),
    });
    if (outcome.code === 'connection refused') await sleep(PAUSE);
  }
}

function reasonOf(error) {
  if (error instanceof Lost) return error.code;
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (/^silence/.test(error.message)) return 'silence';
  // The answer ends in its middle.
  if (error instanceof SyntaxError) return 'connection broken';
  throw error;
}
