// @ts-check
// Processes whose functions are called by message.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts a module as a process: `{ call(name, ...args), pid, end() }`.
 *
 * @param {URL} module
 */
export function startChild(module) {
  const child = fork(fileURLToPath(module), { serialization: 'advanced' });
  const waiting = new Map();
  let next = 0;
  child.on('message', (/** @type {{ id: number, result?: unknown, error?: string }} */ { id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  ended.then(() => waiting.forEach(({ reject }) => reject(new Error(`${module.pathname} has ended`))));
  return {
    pid: child.pid,
    /**
     * @param {string} name
     * @param {unknown[]} args
     * @returns {Promise<any>}
     */
    call(name, ...args) {
      const id = next++;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.send({ id, name, args });
      });
    },
    async end() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/**
 * Offers functions to the parent process. This process ends with the parent.
 *
 * @param {Record<string, (...args: any[]) => unknown>} functions
 */
export function serveParent(functions) {
  process.on('disconnect', () => process.exit());
  process.on('message', async (/** @type {{ id: number, name: string, args: unknown[] }} */ { id, name, args }) => {
    try {
      process.send?.({ id, result: await functions[name](...args) });
    } catch (error) {
      process.send?.({ id, error: String(error instanceof Error ? error.stack : error) });
    }
  });
}
