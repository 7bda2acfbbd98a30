// The JavaScript of the repository, as text.
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/tools.mjs';

const MADE = ['build', 'node_modules', 'target'];

/** Returns each file's text by its path from the root. */
export function javaScript() {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !MADE.includes(entry.name))
    .map(({ name }) => name);
  const paths = folders.flatMap((folder) => globSync(`${folder}/**/*.{js,mjs}`, { cwd: root })).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
