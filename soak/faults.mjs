// `npm run faults`: see killing.mjs.
import { fixed, table } from '../testing/table.mjs';
import { command } from './command.mjs';
import { faults } from './killing.mjs';
import { showMachine, showPromises } from './report.mjs';

function show({ rows, promises, ...rest }) {
  const count = (losses, code) => losses[code] ?? 0;
  const cells = ({ name, downSeconds, sent, right, losses, unexpected, firstMillis }) => [
    name,
    fixed(downSeconds, 1),
    sent,
    right,
    count(losses, 'upstream_unreachable'),
    count(losses, 'connection broken'),
    count(losses, 'connection refused'),
    unexpected.count,
    fixed(firstMillis),
  ];
  const head = [
    'killed',
    'down for s',
    'valid requests',
    'answered 200',
    '`upstream_unreachable`',
    'connections broken',
    'connections refused',
    'lost otherwise',
    'first good answer after ms',
  ];
  return [showMachine(rest), table(head, rows.map(cells)), showPromises(promises)].join('\n\n');
}

await command({
  name: 'faults',
  about: 'how long each part is down, and for how long there is load before and after',
  fallback: 10,
  limit: (seconds) => 24 * seconds + 300,
  run: faults,
  show,
});
