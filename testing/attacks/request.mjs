// Writes requests byte by byte: right ones, but for what is asked for.

/**
 * One request. `get` and `post` take further lines of the head, a body, and `{ version, host,
 * close }`; `raw` takes the first line, all the others and a body. Before that, `with(token)`
 * changes the credential, or leaves it out, and `on(prefix)` puts something in front of the path.
 */
export class RequestWriter {
  constructor({ origin, path, token }) {
    this.path = path;
    this.token = token;
    this.credential = token;
    this.host = new URL(origin).host;
  }

  with(credential) {
    this.credential = credential;
    return this;
  }

  on(prefix) {
    this.path = prefix + this.path;
    return this;
  }

  /** A request to smuggle: without a credential, so that it is noticed if anyone takes it for one. */
  get hidden() {
    return `GET ${this.path}/hidden HTTP/1.1\r\nHost: ${this.host}\r\nConnection: close\r\n\r\n`;
  }

  /** The lines that a request has unless it says otherwise. */
  usual({ host = [`Host: ${this.host}`], close = true } = {}) {
    const credential = this.credential === undefined ? [] : [`X-Session-ID: ${this.credential}`];
    return [...host, ...credential, ...(close ? ['Connection: close'] : [])];
  }

  get(lines, body, options) {
    return this.#request('GET', lines, body, options);
  }

  post(lines, body, options) {
    return this.#request('POST', lines, body, options);
  }

  raw(first, lines, body = '') {
    return [first, ...lines, '', body].join('\r\n');
  }

  #request(method, lines = [], body = '', { version = 'HTTP/1.1', ...options } = {}) {
    return this.raw(`${method} ${this.path} ${version}`, [...this.usual(options), ...lines], body);
  }
}
