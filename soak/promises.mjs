// What the soak must show: `{ promise, found, kept }`, in words and numbers.
import { REFUSED_BODY, SLOW_HEAD } from './slow.mjs';

/** Codes of refusals whose reason lies here and not in the request. */
const OUR_FAULT = ['misconfigured', 'keys_unavailable', 'upstream_unreachable', 'upstream_timeout', '500'];

/** Whether this is the outcome that such a request must have. */
export function isExpected({ side, kind, verdict, code }) {
  if (side === 'silent') return code === 'upstream_timeout';
  if (side === 'hostile') return (verdict === 'refused' && !OUR_FAULT.includes(String(code))) || verdict === 'lost';
  // The runtime refuses and ends the connection. A byte that is on its way then may lose the answer.
  if (kind === REFUSED_BODY)
    return code === 'token_malformed' || code === 'connection broken' || verdict === 'unfinished';
  // The runtime waits 15 seconds for a head.
  if (kind === SLOW_HEAD && code === 'connection broken') return true;
  return verdict === 'right' || verdict === 'unfinished';
}

/** Judges a result of soak.mjs. `kinds` are the names of the rows that must be there. */
export function promisesOf(result, kinds) {
  return [...aboutVerdicts(result, kinds), ...aboutTime(result), ...aboutService(result)];
}

const promise = (text, kept, found) => ({ promise: text, kept, found });

function aboutVerdicts({ valid, hostile, rows, breaches, untried }, kinds) {
  const sent = new Set(rows.map(({ kind }) => kind));
  const missing = [...kinds.filter((kind) => !sent.has(kind)), ...untried];
  return [
    promise(
      'every valid request is answered by the backend, as whom it is from',
      valid.sent > 0 && valid.right === valid.sent && valid.unexpected === 0,
      `${valid.right} of ${valid.sent}; refused ${valid.refused}, wrong ${valid.wrong}, lost ${valid.lost}`,
    ),
    promise(
      'no hostile request reaches the backend',
      hostile.sent > 0 && breaches.length === 0 && hostile.wrong === 0,
      `${breaches.length} of ${hostile.sent}; refused ${hostile.refused}, connection ended ${hostile.lost}`,
    ),
    promise('what is hostile is refused for what it is', hostile.unexpected === 0, `${hostile.unexpected} otherwise`),
    promise(
      'everything hostile was tried',
      missing.length === 0,
      missing.length === 0 ? 'all' : `not: ${missing.join(', ')}`,
    ),
  ];
}

function aboutTime({ schedule, memory }) {
  const { rotations, outages, fetchesInVain, slowest } = schedule;
  const down = Object.values(outages).reduce((a, b) => a + b, 0);
  return [
    promise(
      'keys rotate and identity providers fail meanwhile',
      rotations > 0 && down > 0,
      `${rotations} rotations of every key, ${down} outages, ${fetchesInVain} fetches in vain; a set was ` +
        `taken up after ${slowest.toFixed(1)} s at the latest`,
    ),
    promise(
      'memory is flat',
      !memory.enough || memory.flat,
      memory.enough
        ? `from ${memory.first.toFixed(0)} to ${memory.last.toFixed(0)} MiB, ` +
            `of ${memory.allowed.toFixed(0)} more that are allowed`
        : 'too short a run to say',
    ),
  ];
}

function aboutService({ rows, idle, lines }) {
  const of = (side, figure) => rows.filter((row) => row.side === side).reduce((total, row) => total + row[figure], 0);
  return [
    promise(
      'a backend that never answers costs those who ask it 504, and nobody else',
      of('silent', 'sent') > 0 && of('silent', 'unexpected') === 0,
      `${of('silent', 'sent') - of('silent', 'unexpected')} of ${of('silent', 'sent')}`,
    ),
    promise(
      'clients that send a byte at a time are served, refused or cut off, and nobody else',
      of('slow', 'right') > 0 && of('slow', 'unexpected') === 0,
      `${of('slow', 'sent') - of('slow', 'unexpected')} of ${of('slow', 'sent')}, ` +
        `${of('slow', 'unfinished')} of them under way at the end`,
    ),
    promise(
      'idle connections, however many, are accepted, and can be used',
      idle.failed === 0 &&
        idle.woken.right > 0 &&
        Object.keys(idle.woken).every((verdict) => verdict === 'right' || verdict === 'lost'),
      `${idle.median} open (at the least ${idle.least}), ${idle.opened} one after the other, ` +
        `${idle.failed} not accepted; used at the end: ${listed(idle.woken)}`,
    ),
    promise(
      'the worker never throws',
      lines.others === 0,
      lines.others === 0 ? `${lines.own} log lines, all its own` : lines.examples.join('\n'),
    ),
  ];
}

const listed = (counts) =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
