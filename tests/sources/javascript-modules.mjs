// Which JavaScript module imports which.
import { dirname, join } from 'node:path';

// Types in comments import nothing. A glob in a string has no blank before its asterisks.
const COMMENT = /(?<=^|[\s(])(?:\/\*[\s*][^]*?\*\/|\/\/[^\n]*)/gm;

// Prettier has each import and each export start a line. No other import is written as a call.
const IMPORT = /^(?:import|export)\b[^;'"]*?(['"])(\.[^'"]*)\1|\bimport\(\s*(['"])(\.[^'"]*)\3/gm;

/**
 * Returns what each module imports of the others, with the line that names the other.
 *
 * @param {Map<string, string>} files the text of each file by its path
 */
export function importsOf(files) {
  return [...files].flatMap(([file, text]) => {
    const code = text.replaceAll(COMMENT, (comment) => comment.replaceAll(/[^\n]/g, ' '));
    return [...code.matchAll(IMPORT)].flatMap((found) => {
      const to = join(dirname(file), found[2] ?? found[4]);
      const line = code.slice(0, found.index + found[0].length).split('\n').length;
      return files.has(to) ? [{ from: file, to, file, line }] : [];
    });
  });
}
