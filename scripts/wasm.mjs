// The target of all WebAssembly of this project, and how it is optimised.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathWithPackages } from './tools.mjs';
import { withoutHashes } from './wasm-names.mjs';

export const WASM_TARGET = 'wasm32-unknown-unknown';

// Plain -O makes the arithmetic of RS256 a third slower than LLVM leaves it, mostly by one pass. The features
// are those that the compiler and wasm-bindgen use; with all of them, wasm-opt writes encodings that workerd
// does not know. The names of the functions stay, without their hashes, for stack traces.
const FEATURES = [
  'bulk-memory',
  'exception-handling',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
];
const ARGS = ['-O2', '--skip-pass=optimize-instructions', ...FEATURES.map((name) => `--enable-${name}`), '--debuginfo'];

/** Optimises one file of WebAssembly into another. */
export function optimise(from, to) {
  execFileSync('wasm-opt', [from, '-o', to, ...ARGS], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: pathWithPackages() },
  });
  writeFileSync(to, withoutHashes(readFileSync(to)));
}
