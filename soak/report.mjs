// The reports, as Markdown.
import { fixed, table } from '../testing/table.mjs';

/**
 * Shows the machine and how busy it was.
 *
 * @param {{ [figure: string]: any }} result
 */
export function showMachine({ machine, load, seconds }) {
  const { cpu, cores, memory, system, workerd, node, date } = machine;
  const rows = Object.entries({ cpu, cores, memory, system, workerd, node, date });
  return table(
    ['machine', ''],
    [
      ...rows,
      ['load average, at the beginning and at most', `${load.begin.toFixed(2)}, ${load.most.toFixed(2)}`],
      ['seconds', seconds.toFixed(0)],
    ],
  );
}

/** Shows what was sent and what became of it. */
export function showTraffic(rows) {
  const head = [
    'what was sent',
    'requests',
    '200, as it must be',
    'refused',
    'let through or wrong',
    'no answer',
    'under way at the end',
  ];
  const of = (side) => rows.filter((row) => row.side === side);
  const cells = ({ kind, sent, right, refused, wrong, lost, unfinished }) => [
    kind,
    sent,
    right,
    refused,
    wrong,
    lost,
    unfinished,
  ];
  return table(
    head,
    ['valid', 'hostile', 'silent', 'slow'].flatMap((side) => of(side).map(cells)),
  );
}

/** Shows the speed and the memory. */
export function showFigures({ rows, seconds, valid, hostile, latency, memory }) {
  const all = rows.reduce((sum, { sent }) => sum + sent, 0);
  return table(
    ['figure', ''],
    [
      ['requests in all, and in a second', `${all}, ${fixed(all / seconds)}`],
      ['of which valid, hostile', `${valid.sent}, ${hostile.sent}`],
      [
        'valid requests, p50, p99, slowest, in ms',
        `${fixed(latency.p50, 1)}, ${fixed(latency.p99, 1)}, ${fixed(latency.most)}`,
      ],
      [
        'resident memory of workerd, first third, last third, at most, in MiB',
        `${fixed(memory.first)}, ${fixed(memory.last)}, ${fixed(memory.most)}`,
      ],
      ['its slope, in MiB a minute', fixed(memory.perMinute, 2)],
    ],
  );
}

/** Shows each promise and what was found. */
export function showPromises(promises) {
  return table(
    ['promise', 'found', 'kept'],
    promises.map(({ promise, found, kept }) => [promise, found, kept ? 'yes' : '**no**']),
  );
}
