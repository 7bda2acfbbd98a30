// Reads Markdown for the tests of the documents.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { root } from '../../scripts/tools.mjs';

/** Returns the text of a file of the repository. */
export const read = (path) => readFileSync(join(root, path), 'utf8');

const folder = (path) =>
  readdirSync(join(root, path))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(path, name));

/** The README and everything in docs/. */
export const MANUAL = ['README.md', ...folder('docs')];

/** Every document of the repository. */
export const DOCUMENTS = [...MANUAL, ...folder('.').filter((path) => path !== 'README.md'), 'sim/README.md'];

const fence = (language) => new RegExp(`^( *)\`\`\`${language}\n([^]*?)^ *\`\`\`$`, 'gm');

/** Returns the code blocks in one language, without the indentation of the list around them. */
export function blocks(markdown, language) {
  return [...markdown.matchAll(fence(language))].map(([, indent, code]) =>
    code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

const prose = (markdown) => markdown.replaceAll(fence('[a-z]*'), '');

/** Returns the anchor of a heading, as on GitHub. */
export function anchors(markdown) {
  const seen = new Map();
  return [...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/**
 * Returns the links of a document to files of the repository: `{ path, anchor }`, with `path` from the root.
 */
export function links(markdown, path) {
  const targets = [
    ...prose(markdown)
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(([, target]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, anchor] = target.split('#');
      return { path: file === '' ? path : normalize(join(dirname(path), file)), anchor };
    });
}

/** Returns the text under a heading, up to the next heading of its level or above. */
export function section(markdown, heading) {
  const [level] = heading.match(/^#+/);
  const from = markdown.indexOf(`\n${heading}\n`) + 1;
  if (from === 0) throw new Error(`no heading ${heading}`);
  const rest = markdown.slice(from + heading.length);
  const end = rest.search(new RegExp(`^#{1,${level.length}} `, 'm'));
  return rest.slice(0, end === -1 ? undefined : end);
}

/** Returns the names in backticks in the first cells of the tables, without the table heads. */
export function firstCells(markdown) {
  const rows = [...prose(markdown).matchAll(/^ *\| ([^|]*)\|.*$(?!\n *\|-)/gm)].map(([, cell]) => cell);
  return rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
}
