// A process: the worker under workerd, with Workers KV on disk.
import { serveParent } from '../testing/child.mjs';
import { JTL_SETTINGS } from '../sim/jtl.mjs';
import { configure, ORIGIN_SECRET } from '../testing/attacks/configuration.mjs';
import { clientSecrets, standardConfig } from '../sim/configuration.mjs';
import { startedProcesses } from '../testing/started-processes.mjs';
import { startWorker } from '../testing/worker/miniflare.mjs';

const KEEP = 20;
const started = startedProcesses();

const lines = { own: 0, others: 0, examples: [] };
let worker;

serveParent({
  async start({ port, persist, urls, keys, silentMillis }) {
    worker = await startWorker({
      config: configuration(urls, keys, silentMillis),
      bindings: { ...clientSecrets(JTL_SETTINGS), ORIGIN_SECRET },
      persist,
      port,
      keep,
      handle: false,
    });
    return { port: Number(new URL(worker.url).port), pids: started.map(({ pid }) => pid) };
  },
  /**
   * Returns how many lines the worker has logged, and how many the runtime, which writes only of uncaught
   * errors.
   */
  lines: () => lines,
  end: () => worker.dispose(),
});

/** The configuration that attacks run against, and a route to a backend that never answers. */
function configuration({ mc, jtl, backend }, keys, silentMillis) {
  const parties = { gateway: { regions: { 'gcp-eu': { url: mc } } }, jtl: { url: jtl }, backend: { url: backend } };
  const config = configure(standardConfig(parties), parties);
  return {
    ...config,
    keys,
    log: { allowed_sample: 0 },
    upstreams: { ...config.upstreams, silent: { url: backend, timeout_ms: silentMillis } },
    routes: [...config.routes, { path: '/silent/*', upstream: 'silent' }],
  };
}

function keep(line) {
  if (line.event !== undefined) return (lines.own += 1);
  lines.others += 1;
  if (lines.examples.length < KEEP) lines.examples.push(line.text ?? JSON.stringify(line));
}
