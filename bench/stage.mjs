// Everything around the workers: the load generator, the origin and the identity provider.
import { startChild } from '../testing/child.mjs';
import { cpuMicros } from '../testing/process.mjs';
import { SCENARIOS, requestWith, variablesFor } from './scenario.mjs';
import { modulesOf } from './workers.mjs';
import { startWorkerd } from '../testing/worker/workerd.mjs';

const KEYS = 2;
const CONNECTIONS = 8;

/** Starts the stage: `{ backend, urls, publish, startWorker, sign, tokens, send, measure, end }`. */
export async function setStage() {
  const load = startChild(new URL('load.mjs', import.meta.url));
  const backend = startChild(new URL('backend.mjs', import.meta.url));
  const urls = await backend.call('start');
  const publish = async (path, algorithm, size) =>
    backend.call('publish', path, await load.call('keySet', algorithm, size));
  for (const { algorithm, jwksPath } of Object.values(SCENARIOS)) await publish(jwksPath, algorithm, KEYS);

  /**
   * Starts one of the workers in a process of its own. `change` alters its variables; `wrapper` is a main
   * module around the worker's own.
   *
   * @typedef {Record<string, unknown>} Variables
   *
   * @param {string} name
   * @param {import('./scenario.mjs').Scenario} scenario
   * @param {{ change?: (variables: Variables) => Variables, wrapper?: string }} [options]
   */
  async function startWorker(name, scenario, { change = (variables) => variables, wrapper } = {}) {
    const modules = { ...(wrapper && { 'wrapper.js': wrapper }), ...(await modulesOf(name)) };
    return { name, ...(await startWorkerd({ modules, variables: change(variablesFor(scenario, urls)) })) };
  }

  /** Signs `count` new tokens and keeps them under `name`. `more` claims are added. */
  const sign = (name, scenario, count, more = {}) =>
    load.call('sign', name, scenario.algorithm, { ...scenario.claims(urls.issuer), ...more }, count);

  /** Returns `count` new tokens. */
  const tokens = (scenario, count) => load.call('mint', scenario.algorithm, scenario.claims(urls.issuer), count);

  const send = (worker, { tokens, count, request = requestWith(), connections = CONNECTIONS }) =>
    load.call('send', { port: worker.port, tokens, count, connections, ...request });

  /** Sends the same, and adds the processor time per request in µs. Every answer must be 200. */
  async function measure(worker, options) {
    const before = cpuMicros(worker.pid);
    const { statuses, ...sent } = await send(worker, options);
    const cpu = (cpuMicros(worker.pid) - before) / options.count;
    if (statuses[200] !== options.count)
      throw new Error(`${worker.name} answered ${JSON.stringify(statuses)}\n${worker.log()}`);
    return { cpu, ...sent };
  }

  return {
    backend,
    urls,
    publish,
    startWorker,
    sign,
    tokens,
    send,
    measure,
    end: () => Promise.all([load.end(), backend.end()]),
  };
}
