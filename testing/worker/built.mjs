// @ts-check
// The worker that `npm run build` has made, and the compatibility date of its deployment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/tools.mjs';

const [, date] = /^compatibility_date = "(.*)"$/m.exec(readFileSync(join(root, 'wrangler.toml'), 'utf8')) ?? [];
if (date === undefined) throw new Error('wrangler.toml has no compatibility date');

export const COMPATIBILITY_DATE = date;

/** The main module, and the WebAssembly that it imports. */
export const MAIN = join(root, 'build', 'index.js');
export const WASM = join(root, 'build', 'index_bg.wasm');

/**
 * Returns the worker's modules by name, the main one first.
 *
 * @returns {Record<string, Buffer>}
 */
export const builtModules = () => ({ 'index.js': readFileSync(MAIN), 'index_bg.wasm': readFileSync(WASM) });
