// The catalogue as the tables of SECURITY.md; run as a program, writes them there.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { SECTIONS } from './catalogue.mjs';

export const SECURITY = fileURLToPath(new URL('../../SECURITY.md', import.meta.url));

const INTRODUCTIONS = {
  bypasses: 'What has let the unverified through elsewhere.',
  rfc8725: 'The sections of RFC 8725, JSON Web Token Best Current Practices.',
  requests:
    'Requests as no client library writes them, byte by byte, on workerd. Cloudflare’s edge stands in front ' +
    'of it and refuses most of them before. “The runtime” stops what no worker gets to see; what “arrives as ' +
    'one plain request” is what the rules have judged, and nothing is gained by it.',
};

/** The sections of SECURITY.md that show the catalogue. */
export function tables() {
  return Object.entries(SECTIONS)
    .map(([name, rows]) => {
      const columns = ['title', 'by', ...(rows.some(({ seen }) => seen) ? ['seen'] : [])];
      const heads = { title: 'attack', by: 'stopped by', seen: 'has worked against' };
      const line = (cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
      return [
        `### ${name}.test.mjs\n\n${INTRODUCTIONS[name]}\n`,
        line(columns.map((column) => heads[column])),
        `|${columns.map(() => '---|').join('')}`,
        ...rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
      ].join('\n');
    })
    .join('\n\n');
}

/** The text of SECURITY.md with these tables in place of its own. */
export function withTables(text) {
  return text.replace(/^### bypasses\.test\.mjs.*?(?=\n\n## )/ms, () => tables());
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SECURITY, withTables(readFileSync(SECURITY, 'utf8')));
