// How a backend in JavaScript tells the test what executed: a line of JSON for each request.
import { createInterface } from 'node:readline';

/** The settings of the test, and its handlers: `{ handlers, ... }`. */
export const settings = JSON.parse(process.env.BACKEND);

/**
 * Tells which handler executed, or null if the framework found none, and what the framework says of the request.
 * Returns what was told.
 *
 * @param {{ handler: string | null, method: string, path: string, host?: string, scheme?: string }} seen
 * @param {import('node:http').IncomingMessage} incoming
 */
export function tell(seen, { rawHeaders, headers }) {
  const fields = Array.from({ length: rawHeaders.length / 2 }, (_, at) => rawHeaders.slice(2 * at, 2 * at + 2));
  const told = { ...seen, id: fields.find(([name]) => name.toLowerCase() === 'x-case')?.[1], fields, headers };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  return told;
}

/** Tells the port. Each line of standard input is written back, behind everything that was told before. */
export function ready(port) {
  process.stdout.write(`${JSON.stringify({ port })}\n`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => process.stdout.write(`${line}\n`));
  lines.on('close', () => process.exit());
}
