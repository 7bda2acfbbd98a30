// Finds where the built worker could panic: every call of the code that makes a panic, with the place in the
// source that the compiler left for its message.
import { readModule } from './wasm.mjs';

// What std calls to panic. A failing allocation does not count: it has no place to name.
const MACHINERY = new RegExp(
  `^(${[
    'core::panicking::.*',
    'core::option::(unwrap|expect)_failed',
    'core::result::unwrap_failed',
    'core::slice::.*_fail',
    'core::str::slice_error_fail',
    'core::cell::panic_.*',
    'core::cell::lazy::panic_.*',
    'core::slice::sort::.*panic_on_ord_violation',
    'std::panicking::(begin_panic|panic_fmt).*',
  ].join('|')})$`,
);

/**
 * Returns `[{ at, caller, calls }]`. `at` is a file, with its crate or library, or the name of a function if no
 * file is known.
 */
export function panicSites(bytes) {
  const { functions, memory } = readModule(bytes);
  const names = functions.map(({ name }) => name);
  const isMachinery = names.map((name) => MACHINERY.test(name));
  const sites = functions.flatMap(({ calls }, index) =>
    isMachinery[index]
      ? []
      : calls
          .filter(([callee]) => isMachinery[callee])
          .map(([callee, constant]) => ({
            at: place(memory, constant) ?? names[index],
            caller: names[index],
            calls: names[callee],
          })),
  );
  if (!isMachinery.includes(true)) throw new Error('the module has no names, or no panics at all');
  return sites;
}

/** Reads a core::panic::Location: the address and length of a file's name, a line and a column. */
function place(memory, address) {
  const location = address === undefined ? undefined : memory(address, 16);
  if (!location) return undefined;
  const number = (index) => Buffer.from(location).readUInt32LE(4 * index);
  if (number(1) > 400 || number(2) > 100_000) return undefined;
  const file = Buffer.from(memory(number(0), number(1)) ?? []).toString();
  return /^[\w/.-]+\.rs$/.test(file)
    ? file.replace(/^.*\/registry\/src\/[^/]+\//, '').replace(/^\/(rustc\/[0-9a-f]+|rust\/deps)\//, '')
    : undefined;
}
