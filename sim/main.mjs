// `node sim/main.mjs`: runs the simulation on fixed ports until it is told to end.
import { parseArgs } from 'node:util';
import { startSimulation } from './index.mjs';

const { values } = parseArgs({
  options: {
    gateway: { type: 'string', default: '8801' },
    jtl: { type: 'string', default: '8811' },
    backend: { type: 'string', default: '8821' },
  },
});
const ports = Object.fromEntries(Object.entries(values).map(([party, port]) => [party, Number(port)]));
const simulation = await startSimulation({ ports });
const { gateway, jtl, backend } = simulation;

// Set before the first line is printed: its reader may end the program at once.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => simulation.close());

for (const { id, url } of Object.values(gateway.regions)) console.log(`Merchant Center gateway ${id}  ${url}`);
console.log(`JTL platform                    ${jtl.url}  (client id sim-client, secret sim-secret)`);
console.log(`Backend                         ${backend.url}`);
console.log('Controls under /__sim on each, see sim/README.md. Ctrl-C ends it.');
