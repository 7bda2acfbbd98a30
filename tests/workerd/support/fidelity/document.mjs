// Writes the list of differences into docs/fidelity.md: node tests/workerd/support/fidelity/document.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DIFFERENCES } from './differences.mjs';

const DOCUMENT = new URL('../../../../docs/fidelity.md', import.meta.url);

/** Returns the document as it is, and as it must be with the two tables of the list. */
export function documents() {
  const is = readFileSync(DOCUMENT, 'utf8');
  const table = (by) =>
    [
      '| what | why |',
      '|---|---|',
      ...DIFFERENCES.filter((difference) => difference.by === by).map(({ what, why }) => `| ${what} | ${why} |`),
      '',
    ].join('\n');
  const tables = [table('drawbridge'), table('runtime')];
  const must = is.replace(/^\| what \| why \|\n(\|.*\n)*/gm, () => tables.shift() ?? '');
  if (tables.length > 0) throw new Error('docs/fidelity.md must have two tables, | what | why |');
  return { is, must };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(DOCUMENT, documents().must);
