// @ts-check
// The processes that this one starts, directly or in a library: Miniflare does not tell which one is its
// runtime.
import { subscribe } from 'node:diagnostics_channel';

/**
 * Lists the processes that are started from now on, in that order.
 *
 * @returns {import('node:child_process').ChildProcess[]}
 */
export function startedProcesses() {
  /** @type {import('node:child_process').ChildProcess[]} */
  const started = [];
  subscribe('child_process', (message) => void started.push(/** @type {any} */ (message).process));
  return started;
}
