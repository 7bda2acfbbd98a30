// @ts-check
// Writes requests byte by byte. A request is correct except for what the test asks for.

/**
 * Writes one request. `get` and `post` take further lines of the head, a body, and options; `raw` takes the
 * first line, all other lines and a body. `with(token)` changes or removes the credential, and `on(prefix)`
 * puts something in front of the path; both come first.
 *
 * @typedef {{ version?: string, host?: string[], close?: boolean }} Options
 */
export class RequestWriter {
  /** @param {{ origin: string, path: string, token: string }} request */
  constructor({ origin, path, token }) {
    this.path = path;
    this.token = token;
    /** @type {string | undefined} */
    this.credential = token;
    this.host = new URL(origin).host;
  }

  /** @param {string} [credential] */
  with(credential) {
    this.credential = credential;
    return this;
  }

  /** @param {string} prefix */
  on(prefix) {
    this.path = prefix + this.path;
    return this;
  }

  /**
   * A request to smuggle. It has no credential, so a test notices if anyone takes it for a request of its own.
   */
  get hidden() {
    return `GET ${this.path}/hidden HTTP/1.1\r\nHost: ${this.host}\r\nConnection: close\r\n\r\n`;
  }

  /** The lines that a request has unless `options` say otherwise. */
  usual({ host = [`Host: ${this.host}`], close = true } = {}) {
    const credential = this.credential === undefined ? [] : [`X-Session-ID: ${this.credential}`];
    return [...host, ...credential, ...(close ? ['Connection: close'] : [])];
  }

  /** @param {string[]} [lines] @param {string} [body] @param {Options} [options] */
  get(lines, body, options) {
    return this.#request('GET', lines, body, options);
  }

  /** @param {string[]} [lines] @param {string} [body] @param {Options} [options] */
  post(lines, body, options) {
    return this.#request('POST', lines, body, options);
  }

  /** @param {string} first @param {string[]} lines */
  raw(first, lines, body = '') {
    return [first, ...lines, '', body].join('\r\n');
  }

  /** @param {string} method @param {string[]} [lines] @param {string} [body] @param {Options} [options] */
  #request(method, lines = [], body = '', { version = 'HTTP/1.1', ...options } = {}) {
    return this.raw(`${method} ${this.path} ${version}`, [...this.usual(options), ...lines], body);
  }
}
