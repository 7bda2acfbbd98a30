// What wasm-bindgen writes, under the name by which scripts/build.mjs lets the entry import it.

declare module 'wasm';
