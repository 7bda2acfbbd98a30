// The workers that are compared: what each is made of, and its configuration.
import { build } from 'esbuild';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../scripts/tools.mjs';
import { builtModules } from '../testing/worker/built.mjs';

export const DRAWBRIDGE = 'Drawbridge';
export const JOSE = 'jose';
export const PASS_THROUGH = 'pass-through';
export const WORKERS = [PASS_THROUGH, JOSE, 'hono', DRAWBRIDGE];

const bundles = new Map();

/** Returns a worker's modules by name, the main one first. */
export async function modulesOf(name) {
  if (!bundles.has(name)) bundles.set(name, name === DRAWBRIDGE ? builtModules() : await bundle(name));
  return bundles.get(name);
}

/** Bundles one of the modules in workers/ with its imports, except `external`. */
export async function bundle(name, external = []) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'bench', 'workers', `${name}.mjs`)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', ...external],
  });
  return { 'index.js': outputFiles[0].contents };
}

/** Returns the size of a worker's modules in bytes, as they are and compressed for an upload. */
export async function sizeOf(name) {
  const contents = Object.values(await modulesOf(name));
  const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
  return {
    bytes: sum(contents.map((content) => content.length)),
    compressed: sum(contents.map((content) => gzipSync(content, { level: 9 }).length)),
  };
}
