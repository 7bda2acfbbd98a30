// A part of the whole in a process of its own, which can be killed and restarted in its place.
import { startChild } from '../testing/child.mjs';

export class Part {
  #module;
  #options;
  #child;
  #isRunning = false;

  /** `module` is a module of this folder; `options` are those of its `start`. */
  static async start(module, options = {}) {
    const part = new Part();
    part.#module = new URL(module, import.meta.url);
    part.#options = options;
    await part.restart();
    return part;
  }

  /** Restarts the part with `state`, which is what its `start` has answered before: its ports, for example. */
  async restart() {
    this.#child = startChild(this.#module);
    this.#isRunning = true;
    this.state = await this.#child.call('start', { ...this.#options, ...this.state });
  }

  /** Calls a function of the part. */
  call(name, ...args) {
    return this.#child.call(name, ...args);
  }

  /** Kills the part and the processes that it has started, with SIGKILL, which they cannot handle. */
  async kill() {
    for (const pid of [...(this.state.pids ?? []), this.#child.pid]) process.kill(pid, 'SIGKILL');
    this.#isRunning = false;
    await this.#child.end();
  }

  /** Lets the part end, unless it has been killed. */
  async end() {
    if (this.#isRunning) await this.#child.call('end').catch(() => {});
    this.#isRunning = false;
    await this.#child.end();
  }
}
