// @ts-check
// The processes that this one starts, whoever starts them: Miniflare does not tell the one of its runtime.
import { subscribe } from 'node:diagnostics_channel';

/**
 * Lists those that are started from now on, in the order in which they are.
 *
 * @returns {import('node:child_process').ChildProcess[]}
 */
export function startedProcesses() {
  /** @type {import('node:child_process').ChildProcess[]} */
  const started = [];
  subscribe('child_process', (message) => void started.push(/** @type {any} */ (message).process));
  return started;
}
