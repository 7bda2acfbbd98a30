// One Rust source as a module: what it defines, what it imports and which paths its code has.
import { join } from 'node:path';
import { closed, tokensOf } from './rust-tokens.mjs';

const DEFINING = ['const', 'enum', 'fn', 'static', 'struct', 'trait', 'type'];
const NAMING = [...DEFINING, 'let', 'mod'];
const IS_NAME = /^(?:r#)?[A-Za-z_]\w*$/;

/**
 * A module: a file, or a part of one between braces.
 *
 * @typedef {object} Module
 * @property {string} file
 * @property {string} folder where the files of its children are
 * @property {Module | undefined} parent
 * @property {Map<string, Module>} children
 * @property {Set<string>} items what it defines
 * @property {Set<string>} macros those of its items that are macros
 * @property {Use[]} uses
 * @property {Path[]} paths
 *
 * @typedef {{ name: string, segments: string[], line: number, exported: boolean }} Use the name of a glob is `*`
 * @typedef {{ segments: string[], line: number, role: 'argument' | 'macro' | 'path' }} Path
 */

/**
 * @param {Module | undefined} parent
 * @returns {Module}
 */
export function moduleOf(file, folder, parent) {
  return { file, folder, parent, children: new Map(), items: new Set(), macros: new Set(), uses: [], paths: [] };
}

/** Makes a module and gives it to its parent. */
export function childOf(parent, name, file) {
  const child = moduleOf(file, join(parent.folder, name), parent);
  parent.children.set(name, child);
  return child;
}

/** Reads one source into its module. */
class Reader {
  /**
   * @param {Module} module
   * @param {{ text: string, line: number }[]} tokens
   * @param {(name: string, module: Module) => void} onChild what a declaration of another file calls
   */
  constructor(module, tokens, onChild) {
    this.module = module;
    this.tokens = tokens;
    this.onChild = onChild;
    this.at = 0;
    this.depth = 0;
    /** The macros that put something behind an argument, as in `$kind::ENTRY`. */
    this.pathMacros = new Set();
  }

  text(offset = 0) {
    return this.tokens[this.at + offset]?.text;
  }

  read() {
    while (this.at < this.tokens.length) this.step();
  }

  step() {
    const text = this.text();
    if (text === '{') this.depth += 1;
    if (text === '}') this.depth -= 1;
    if (text === 'use' && this.text(1) !== '<') this.use();
    else if (text === 'mod' && IS_NAME.test(this.text(1))) this.child();
    else if (text === 'macro_rules' && this.text(1) === '!') this.macro();
    else if (text === 'pub' && this.text(1) === '(') this.at = closed(this.tokens, this.at + 1);
    else if (text === '::') this.at += IS_NAME.test(this.text(1)) ? 2 : 1;
    else if (IS_NAME.test(text)) this.name();
    else this.at += 1;
  }

  child() {
    const name = this.text(1);
    if (this.text(2) === ';') {
      this.onChild(name, this.module);
      this.at += 3;
      return;
    }
    const end = closed(this.tokens, this.at + 2);
    const inner = childOf(this.module, name, this.module.file);
    new Reader(inner, this.tokens.slice(this.at + 3, end - 1), this.onChild).read();
    this.at = end;
  }

  macro() {
    const name = this.text(2);
    this.module.items.add(name);
    this.module.macros.add(name);
    const body = this.tokens.slice(this.at + 3, closed(this.tokens, this.at + 3)).map(({ text }) => text);
    if (body.some((text, at) => text === '$' && body[at + 1] !== 'crate' && body[at + 2] === '::')) {
      this.pathMacros.add(name);
    }
    this.at += 3;
  }

  use() {
    const before = this.text(-1);
    const exported = before === 'pub' || (before === ')' && this.isVisibility());
    this.at += 1;
    if (this.text() === '::') this.skipStatement();
    else this.useTree([], exported);
  }

  /** Whether the bracket before the current token closes one of `pub(…)`. */
  isVisibility() {
    let open = this.at - 1;
    while (open > 0 && this.tokens[open].text !== '(') open -= 1;
    return this.tokens[open - 1]?.text === 'pub';
  }

  skipStatement() {
    while (this.at < this.tokens.length && this.text() !== ';') this.at += 1;
  }

  /** Reads one tree of a use declaration, of which `prefix` stands before the brace. */
  useTree(prefix, exported) {
    const segments = [...prefix];
    const { line } = this.tokens[this.at] ?? { line: 0 };
    for (;;) {
      const text = this.text();
      if (text === '{') {
        this.useTrees(segments, exported);
        return;
      }
      if (text === undefined || !(text === '*' || IS_NAME.test(text))) return;
      segments.push(text);
      this.at += 1;
      if (this.text() !== '::') break;
      this.at += 1;
    }
    const last = segments.at(-1);
    if (last === '*' || (last === 'self' && segments.length > 1)) segments.pop();
    let name = last === '*' ? '*' : segments.at(-1);
    if (this.text() === 'as') {
      name = this.text(1);
      this.at += 2;
    }
    this.module.uses.push({ name, segments, line, exported });
  }

  useTrees(prefix, exported) {
    const end = closed(this.tokens, this.at) - 1;
    this.at += 1;
    while (this.at < end) {
      const start = this.at;
      this.useTree(prefix, exported);
      if (this.text() === ',' || this.at === start) this.at += 1;
    }
    this.at = end + 1;
  }

  name() {
    const before = this.text(-1);
    const { line } = this.tokens[this.at];
    const segments = [this.text()];
    this.at += 1;
    while (this.text() === '::' && IS_NAME.test(this.text(1))) {
      segments.push(this.text(1));
      this.at += 2;
    }
    const [first] = segments;
    if (DEFINING.includes(before) && this.depth === 0) this.module.items.add(first);
    if (before === '.' || (before === '$' && first !== 'crate')) return;
    const isMacro = this.text() === '!' && this.text(1) !== '=';
    if (isMacro && segments.length === 1 && this.pathMacros.has(first)) this.arguments();
    if (segments.length === 1 && (NAMING.includes(before) || this.text() === ':')) return;
    this.module.paths.push({ segments, line, role: isMacro ? 'macro' : 'path' });
  }

  /** Notes the names among the arguments of a macro: each may be a module. */
  arguments() {
    const names = this.tokens.slice(this.at + 1, closed(this.tokens, this.at + 1));
    for (const { text, line } of names.filter((token) => IS_NAME.test(token.text))) {
      this.module.paths.push({ segments: [text], line, role: 'argument' });
    }
  }
}

/**
 * Reads a source into its module.
 *
 * @param {Module} module
 * @param {string} source
 * @param {(name: string, module: Module) => void} onChild what a declaration of another file calls
 */
export function readModule(module, source, onChild) {
  new Reader(module, tokensOf(source), onChild).read();
}
