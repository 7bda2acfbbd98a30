// Runs each example of examples/backend in its language, in a process that answers questions.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findPython, hasPython } from '../../scripts/python.mjs';
import { onPath, root } from '../../scripts/tools.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

const EXAMPLES = join(root, 'examples', 'backend');
const here = (file) => join(root, 'tests', 'trust', file);

/** The languages: `{ name, missing, command() }`. `missing` says why one cannot be run here. */
export const LANGUAGES = [
  { name: 'Node', command: () => ({ command: process.execPath, args: [here('driver.mjs')] }) },
  {
    name: 'Python',
    missing: hasPython() || findPython() ? undefined : 'there is no Python 3.9 or later on PATH',
    command: python,
  },
  { name: 'Go', missing: onPath('go') ? undefined : 'there is no go on PATH', command: go },
];

function python() {
  const command = findPython() ?? assert.fail('the Python packages are missing: `npm run setup` says why');
  return { command, args: ['-B', here('driver.py')], env: { PYTHONPATH: EXAMPLES } };
}

// Compiles once, since that takes seconds: the files of a module, and a command that imports it. They need only
// the standard library.
let compiled;
function go() {
  compiled ??= compileGo();
  return { command: compiled, args: [] };
}

function compileGo() {
  const folder = temporaryFolder();
  cpSync(EXAMPLES, folder, { recursive: true });
  cpSync(here('driver.go'), join(folder, 'driver', 'main.go'));
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOPROXY: 'off', GOTOOLCHAIN: 'local', GOWORK: 'off' };
  execFileSync('go', ['vet', './...'], { cwd: folder, env });
  execFileSync('go', ['build', '-o', 'answer', './driver'], { cwd: folder, env });
  return join(folder, 'answer');
}

/** Starts an example with these environment variables: `{ ask(question), close() }`. */
export function start(language, settings) {
  const { command, args, env } = language.command();
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  child.stdin.on('error', () => {});
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { done, value } = await answers.next();
      if (!done) return JSON.parse(value);
      await ended;
      return assert.fail(`it has ended: ${errors}`);
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
