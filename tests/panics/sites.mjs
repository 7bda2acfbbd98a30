// Where the worker, as it is built, could panic: every call of the machinery that makes a panic, with
// the place in the source that the compiler left for its message.
import { readModule } from './wasm.mjs';

// What std calls to panic. An allocation that fails is none: there is no place to name, and no memory.
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
 * `[{ at, caller, calls }]`: a file, with the crate or the library it is of, or the name of a function where
 * no file is told.
 */
export function panicSites(bytes) {
  const { functions, memory } = readModule(bytes);
  const names = functions.map(({ name }) => plain(name));
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

/** Without the hashes that make a name unique. */
const plain = (name) => name.replaceAll(/::h[0-9a-f]{16}\b|\[[0-9a-f]{16}\]/g, '');

/** core::panic::Location: the address and length of a file's name, a line and a column. */
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
