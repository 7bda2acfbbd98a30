// A part of the whole in a process of its own, which can be killed and started again where it was.
import { startChild } from '../testing/child.mjs';

export class Part {
  #module;
  #options;
  #child;
  #isRunning = false;

  /** `module` is one of the modules here; `options` are what its `start` takes. */
  static async start(module, options = {}) {
    const part = new Part();
    part.#module = new URL(module, import.meta.url);
    part.#options = options;
    await part.restart();
    return part;
  }

  /** Starts it again, with what it has answered before: its ports for example. That is `state`. */
  async restart() {
    this.#child = startChild(this.#module);
    this.#isRunning = true;
    this.state = await this.#child.call('start', { ...this.#options, ...this.state });
  }

  /** Calls one of its functions. */
  call(name, ...args) {
    return this.#child.call(name, ...args);
  }

  /** Ends it at once, with what it has started, so that it can do nothing about it: SIGKILL. */
  async kill() {
    for (const pid of [...(this.state.pids ?? []), this.#child.pid]) process.kill(pid, 'SIGKILL');
    this.#isRunning = false;
    await this.#child.end();
  }

  /** Lets it end, unless it has been killed. */
  async end() {
    if (this.#isRunning) await this.#child.call('end').catch(() => {});
    this.#isRunning = false;
    await this.#child.end();
  }
}
