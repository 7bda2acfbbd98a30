// Real frameworks as backends, each in a process of its own, which tell what executed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPython, hasPython } from '../../scripts/python.mjs';
import { root } from '../../scripts/tools.mjs';
import { HANDLERS } from './handlers.mjs';

const here = (file) => join(root, 'tests', 'backends', 'frameworks', file);

/** The Node that drops header fields beyond 1,000 without a word (CVE-2026-58044), or undefined if npm has none. */
export const VULNERABLE_NODE = [
  join(root, 'node_modules', `vulnerable-node-${process.platform}-${process.arch}`, 'bin', 'node'),
].find(existsSync);

const onOldNode = (file) => ({ command: VULNERABLE_NODE ?? process.execPath, args: [here(file)] });
const onNode = (file) => ({ command: process.execPath, args: [here(file)] });

/**
 * The frameworks by name: `{ command(), settings, strict, decodes, missing }`. A `strict` one minds case; one that
 * `decodes` finds a handler by the decoded path. `missing` says why one cannot be run here.
 */
export const FRAMEWORKS = {
  'Express 5': {
    command: () => onOldNode('express.mjs'),
    settings: { express: 'express' },
    strict: false,
    decodes: false,
  },
  'Express 4': {
    command: () => onOldNode('express.mjs'),
    settings: { express: 'express-4' },
    strict: false,
    decodes: false,
  },
  Hono: { command: () => onNode('hono.mjs'), settings: {}, strict: true, decodes: true },
  'React Router': { command: () => onNode('react-router.mjs'), settings: {}, strict: false, decodes: true },
  Flask: {
    command: () => ({
      command: findPython() ?? assert.fail('the Python packages are missing: `npm run setup` says why'),
      args: ['-B', here('flask_app.py')],
    }),
    settings: {},
    strict: true,
    decodes: true,
    missing: hasPython() || findPython() ? undefined : 'there is no Python 3.9 or later on PATH',
  },
};

/**
 * What a backend tells of a request. `handler` is null if the framework found none. `fields` are the lines that
 * arrived, `headers` what handlers see of them; `id` is the value of `x-case` among them.
 *
 * @typedef {{
 *   handler: string | null,
 *   method: string,
 *   path: string,
 *   host?: string,
 *   scheme?: string,
 *   id?: string,
 *   fields: [string, string][],
 *   headers: Record<string, string>,
 * }} Told
 *
 * @typedef {Awaited<ReturnType<typeof startBackend>>} Backend
 */

/**
 * Starts a framework: `{ url, told(), close() }`. `told` resolves to what was told since it was asked last.
 *
 * @param {keyof typeof FRAMEWORKS} name
 * @param {{ override?: boolean }} [settings]
 */
export async function startBackend(name, settings = {}) {
  const framework = FRAMEWORKS[name];
  const { command, args } = framework.command();
  const child = spawn(command, args, {
    env: {
      PATH: process.env.PATH,
      BACKEND: JSON.stringify({ handlers: HANDLERS, ...framework.settings, ...settings }),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  // Lines are read at once: a full pipe would stop the backend.
  const told = [];
  const waiting = new Map();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text);
    const resolve = waiting.get(line.mark ?? 'port');
    if (line.mark !== undefined) resolve(told.splice(0));
    else if (line.port !== undefined) resolve(line.port);
    else told.push(line);
  });
  const until = (mark) =>
    Promise.race([
      new Promise((resolve) => waiting.set(mark, resolve)),
      ended.then(() => assert.fail(`${name} has ended: ${errors}`)),
    ]);

  const port = await until('port');
  let asked = 0;
  return {
    url: `http://127.0.0.1:${port}`,
    /** @returns {Promise<Told[]>} */
    told() {
      const mark = (asked += 1);
      const all = until(mark);
      child.stdin.write(`${JSON.stringify({ mark })}\n`);
      return all;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
