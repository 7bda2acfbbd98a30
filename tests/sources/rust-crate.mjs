// The modules of a Rust crate, and which file names what another one defines.
//
// The reader knows names, not types. It does not see a method that is called on a value, so a file that only does
// that has no edge to where the method is.
import { dirname, join } from 'node:path';
import { childOf, moduleOf, readModule } from './rust-module.mjs';

const RELATIVE = ['crate', 'self', 'super'];

/**
 * @typedef {import('./rust-module.mjs').Module} Module
 * @typedef {import('./rust-module.mjs').Use} Use
 * @typedef {import('./rust-module.mjs').Path} Path
 * @typedef {{ module?: Module, file?: string, use?: Use }} Target what a name or a path leads to: a module or the file
 *   of an item. It has neither if it is outside of the crate. `use` is the declaration that a name comes from.
 */

/** A crate: its modules by what declares them, from the root on. */
class Crate {
  /**
   * @param {Map<string, string>} files
   * @param {string} root
   */
  constructor(files, root) {
    this.files = files;
    this.root = moduleOf(root, dirname(root), undefined);
    this.read(this.root);
  }

  /** @param {Module} module */
  read(module) {
    const source = this.files.get(module.file);
    if (source === undefined) throw new Error(`${module.file} is declared and does not exist`);
    const onChild = (name, parent) => this.read(childOf(parent, name, join(parent.folder, `${name}.rs`)));
    readModule(module, source, onChild);
  }

  /** @returns {Module[]} */
  modules(module = this.root) {
    return [module, ...[...module.children.values()].flatMap((child) => this.modules(child))];
  }

  /**
   * Follows a path from the module that has it.
   *
   * @param {Module} module
   * @param {string[]} segments
   * @param {Use[]} [followed] the use declarations that led here
   * @returns {Target}
   */
  resolve(module, segments, followed = []) {
    let [at, ...rest] = [module, ...segments];
    if (RELATIVE.includes(rest[0])) {
      while (RELATIVE.includes(rest[0])) {
        const step = rest.shift();
        if (step === 'crate') at = this.root;
        if (step === 'super') at = at.parent ?? at;
      }
    } else {
      const found = this.find(at, rest.shift(), rest.length > 0, followed);
      if (!found?.module) return found ?? {};
      at = found.module;
    }
    while (rest.length > 0) {
      // Macros define names that the reader does not see. They are taken for items of the module.
      const found = this.find(at, rest.shift(), rest.length > 0, followed) ?? { file: at.file };
      if (!found.module) return found;
      at = found.module;
    }
    return { module: at };
  }

  /**
   * Finds one name in a module. A module, an item and a macro may share it: where more of the path follows, a module
   * goes first, otherwise an item.
   *
   * @returns {Target | undefined}
   */
  find(module, name, isPrefix, followed) {
    const child = module.children.get(name);
    /** @type {Target[]} */
    const found = module.items.has(name) ? [{ file: module.file }] : [];
    for (const use of module.uses) {
      if (use.name !== name || followed.includes(use)) continue;
      found.push({ ...this.resolve(module, use.segments, [...followed, use]), use });
    }
    if (child) found.push({ module: child });
    const first = isPrefix ? 'module' : 'file';
    return found.find((target) => target[first]) ?? found[0] ?? this.findInGlobs(module, name, isPrefix, followed);
  }

  /** @returns {Target | undefined} */
  findInGlobs(module, name, isPrefix, followed) {
    for (const use of module.uses) {
      if (use.name !== '*' || followed.includes(use)) continue;
      const inside = [...followed, use];
      const { module: opened } = this.resolve(module, use.segments, inside);
      const found = opened && this.find(opened, name, isPrefix, inside);
      if (found) return { ...found, use };
    }
    return undefined;
  }

  /**
   * Returns what a use declaration makes its module depend on. A module that is imported is not yet used, and a
   * parent may show what its children define.
   *
   * @param {Module} module
   * @param {Use} use
   */
  imported(module, use) {
    const { file, module: found } = this.resolve(module, use.segments, [use]);
    const target = file ?? (use.name === '*' ? found?.file : undefined);
    return use.exported && target?.startsWith(`${module.folder}/`) ? undefined : target;
  }

  /**
   * Returns what a path in code makes its module depend on. What a use declaration depends on is an edge already,
   * unless it only exports.
   *
   * @param {Module} module
   * @param {Path} path
   */
  named(module, { segments, role }) {
    const target = this.resolve(module, segments);
    if (role === 'argument') return target.module?.file;
    if (role === 'macro' && !target.file && segments.length === 1) {
      let above = module.parent;
      while (above && !above.macros.has(segments[0])) above = above.parent;
      return above?.file;
    }
    const first = this.find(module, segments[0], segments.length > 1, []);
    if (segments.length === 1 && !first?.use) return undefined;
    const isImport = first?.file && first.use && first.use.name !== '*' && !first.use.exported;
    return isImport ? undefined : target.file;
  }

  /** @returns {import('./graph.mjs').PlacedEdge[]} each once, in the order of the sources */
  edges() {
    const edges = new Map();
    for (const module of this.modules()) {
      const { file: from } = module;
      const add = (to, line) => to && to !== from && edges.set(`${from} ${to} ${line}`, { from, to, file: from, line });
      for (const use of module.uses) add(this.imported(module, use), use.line);
      for (const path of module.paths) add(this.named(module, path), path.line);
    }
    return [...edges.values()];
  }
}

/**
 * Reads a crate.
 *
 * @param {Map<string, string>} files the text of each file by its path
 * @param {string} root the file that is the crate's root
 */
export function readCrate(files, root) {
  const crate = new Crate(files, root);
  return { files: [...new Set(crate.modules().map(({ file }) => file))], edges: crate.edges() };
}
