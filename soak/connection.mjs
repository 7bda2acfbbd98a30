// A connection that stays open and carries one request at a time.
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// Far longer than any answer takes.
const PATIENCE = 30_000;

/** There was no answer. `code` says why: "connection refused", "connection broken" or "silence". */
export class Lost extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export class Connection {
  #socket;
  #received = '';
  #waiting;

  static async open(port) {
    const connection = new Connection();
    await connection.#connect(port);
    return connection;
  }

  #connect(port) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.setTimeout(PATIENCE, () => this.#waiting && this.#fail('silence'));
    socket.on('data', (data) => this.#receive(data.toString('latin1')));
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ error) =>
      this.#fail(error.code === 'ECONNREFUSED' ? 'connection refused' : 'connection broken'),
    );
    socket.on('close', () => this.#fail('connection broken'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      socket.once('connect', () => this.#settle());
    });
  }

  get isOpen() {
    return !this.#socket.destroyed && this.#socket.readable;
  }

  /** Sends a request and resolves to `{ status, headers, body }`, with the header as text. */
  ask(bytes) {
    if (!this.isOpen) return Promise.reject(new Lost('connection broken'));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(bytes);
    });
  }

  /** Sends a request one byte at a time. The answer may come before the last byte is sent. */
  async askSlowly(first, rest, everyMillis) {
    const answer = this.ask(first);
    const settled = answer.then(
      () => true,
      () => true,
    );
    for (const byte of Buffer.from(rest, 'latin1')) {
      if (await Promise.race([settled, sleep(everyMillis)])) break;
      if (this.isOpen) this.#socket.write(Buffer.of(byte));
    }
    return answer;
  }

  close() {
    this.#socket.destroy();
  }

  #receive(text) {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const headers = this.#received.slice(0, head + 2);
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(headers) ?? [];
    if (length === undefined) return this.#fail(`an answer without a length: ${headers.slice(0, 40)}`);
    const body = this.#received.slice(head + 4, head + 4 + Number(length));
    if (body.length < Number(length)) return;
    this.#received = this.#received.slice(head + 4 + body.length);
    const status = Number(headers.slice(9, 12));
    if (/\r\nconnection: close\r\n/i.test(headers)) this.close();
    this.#settle({ status, headers, body });
  }

  #settle(answer) {
    const { resolve } = this.#waiting ?? {};
    this.#waiting = undefined;
    resolve?.(answer);
  }

  #fail(code) {
    this.#socket.destroy();
    const { reject } = this.#waiting ?? {};
    this.#waiting = undefined;
    reject?.(new Lost(code));
  }
}
