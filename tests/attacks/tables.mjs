// Writes the catalogue as the tables of SECURITY.md. Run as a program, it updates the file.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { SECTIONS } from './catalogue.mjs';

export const SECURITY = fileURLToPath(new URL('../../SECURITY.md', import.meta.url));

const INTRODUCTIONS = {
  bypasses: 'Faults with which other products let unverified requests through.',
  forwarding:
    'Fields that cut the identity out of a verified request, or that make the backend see another request than the ' +
    'one that was judged; and answers that are none.',
  rfc8725: 'The sections of RFC 8725, JSON Web Token Best Current Practices.',
  routing: 'Requests that look for a weaker rule than the one that protects their handler.',
  texts: 'What the log, the answers and the messages of a configuration say, and what they keep to themselves.',
  requests:
    'Requests that no client library writes, sent byte by byte to workerd. In production Cloudflare’s edge stands ' +
    'in front and refuses most of them earlier. “The runtime” means that the request is stopped before any worker ' +
    'sees it. “Arrives as one plain request” means that the backend got exactly the request that the rules judged, ' +
    'so the attacker gained nothing.',
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

/** Returns the text of SECURITY.md with these tables instead of its own. */
export function withTables(text) {
  return text.replace(/^### bypasses\.test\.mjs.*?(?=\n\n## )/ms, () => tables());
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SECURITY, withTables(readFileSync(SECURITY, 'utf8')));
