// The demo's table as a pure function: rows in, text and exit code out.
import { isDeepStrictEqual, styleText } from 'node:util';

/**
 * Reports on rows `{ group, what, expected, found }`: `{ text, exitCode }`. `expected` and `found` have
 * `status`, `code` and `reached`, which is how many requests reached the backend. A row is right if everything
 * that it expects was found. A wrong row is marked, and makes the exit code 1.
 */
export function report(rows, paint = painter(false)) {
  const wrong = rows.filter((row) => faults(row).length > 0).length;
  const body = rows.flatMap((row, index) => [
    ...(row.group === rows[index - 1]?.group ? [] : ['', paint('bold', row.group)]),
    ...lines(row, paint),
  ]);
  const verdict =
    wrong === 0
      ? paint('green', `All ${rows.length} rows are as they must be.`)
      : paint('red', `${wrong} of ${rows.length} rows are not as they must be; they are marked with ${WRONG}.`);
  return {
    text: [columns(' ', 'what was sent', 'status', 'code', 'backend'), ...body, '', verdict].join('\n'),
    exitCode: wrong === 0 ? 0 : 1,
  };
}

/** Returns a function that colours text, or one that does not. */
export function painter(colour) {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
}

const RIGHT = '✔';
const WRONG = '✘';

function lines({ what, expected, found }, paint) {
  const wrong = faults({ expected, found });
  const mark = wrong.length === 0 ? paint('green', RIGHT) : paint('red', WRONG);
  return [
    columns(mark, what, found.status, found.code, reach(found.reached)),
    ...wrong.map((text) => paint('red', `    ${text}`)),
  ];
}

function faults({ expected, found }) {
  return Object.keys(expected)
    .filter((name) => !isDeepStrictEqual(found[name], expected[name]))
    .map((name) => `${name} must be ${JSON.stringify(expected[name])}, not ${JSON.stringify(found[name])}`);
}

function columns(mark, what, status, code, backend) {
  return `${mark} ${what.padEnd(41)} ${String(status).padEnd(6)}  ${code.padEnd(21)}  ${backend}`.trimEnd();
}

function reach(times) {
  return ['–', 'reached'][times] ?? `${times} times`;
}

/** Shows the headers that the caller forged in a row, and what the backend received. */
export function forgery({ group, what, forged, found }, paint = painter(false)) {
  const list = (headers) => headers.map(([name, value]) => `  ${name.padEnd(24)} ${value}`);
  return [
    paint('bold', `What the backend saw of "${what}"`),
    `${group}. The caller sent:`,
    ...list(Object.entries(forged)),
    'The backend received:',
    ...list(found.received ?? []),
  ].join('\n');
}
