// The sources of the repository, as text.
import { globSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/tools.mjs';

const MADE = ['build', 'node_modules', 'target'];

const read = (paths) => new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));

/** Returns the text of each JavaScript file by its path from the root. */
export function javaScript() {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !MADE.includes(entry.name))
    .map(({ name }) => name);
  return read(folders.flatMap((folder) => globSync(`${folder}/**/*.{js,mjs}`, { cwd: root })));
}

/** Returns the text of each Rust file in `folder` by its path from the root. */
export function rust(folder) {
  return read(globSync(`${folder}/**/*.rs`, { cwd: root }));
}
