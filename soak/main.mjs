// `npm run soak`: see soak.mjs.
import { command } from './command.mjs';
import { showFigures, showMachine, showPromises, showTraffic } from './report.mjs';
import { soak } from './soak.mjs';

await command({
  name: 'soak',
  about: 'how long at least; it ends with the first round of rotation and outage after that',
  fallback: 900,
  limit: (seconds) => seconds + 600,
  run: soak,
  show: (result) =>
    [showMachine(result), showTraffic(result.rows), showFigures(result), showPromises(result.promises)].join('\n\n'),
});
