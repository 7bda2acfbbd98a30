// The reader of Rust modules, on crates of a few lines.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cyclesOf } from './graph.mjs';
import { readCrate } from './rust-crate.mjs';

/** Returns the edges of a crate, without the folder and the endings of its files. */
function edgesOf(sources) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [name, text] of Object.entries(sources)) files.set(`src/${name}.rs`, text);
  const short = (path) => path.slice('src/'.length, -'.rs'.length);
  const { edges } = readCrate(files, 'src/lib.rs');
  return edges.map(({ from, to, line }) => ({ from: short(from), to: short(to), line }));
}

const inWords = (sources) => edgesOf(sources).map(({ from, to, line }) => `${from}:${line} ${to}`);

/** A crate whose module `a` has the code, beside other modules that define something. */
const crateWith = (code) => ({
  lib: 'mod a;\nmod b;\nmod room;\n',
  a: code,
  b: 'pub struct B;\npub enum Choice { One }\npub fn run() {}\n',
  room: 'mod inner;\npub mod open;\npub use inner::Inner;\npub struct Own;\n',
  'room/inner': 'pub struct Inner;\n',
  'room/open': 'pub fn act() {}\npub struct Open;\n',
});

/** What module `a` needs if it has the code, each with the line. */
const needs = (code) => inWords(crateWith(code)).map((edge) => edge.replace(/^a:/, ''));

describe('a path in a use declaration', () => {
  const cases = {
    'use crate::b::B;': ['1 b'],
    'use super::b::B;': ['1 b'],
    'use super::b::B as Other;': ['1 b'],
    'use crate::{b::{self, B}, room::{Own, open::{Open}}};': ['1 b', '1 room', '1 room/open'],
    'use crate::{\n    b::B,\n    room::Own,\n};': ['2 b', '3 room'],
    'use crate::b::*;': ['1 b'],
    'use crate::b::Choice::*;': ['1 b'],
    'fn f() {\n    use crate::b::run;\n    run();\n}': ['2 b'],
    'mod inner {\n    use super::super::b::B;\n}': ['2 b'],
    'pub use crate::b::B;': ['1 b'],
  };
  for (const [code, expected] of Object.entries(cases)) {
    it(`is an edge: ${code}`, () => assert.deepEqual(needs(code), expected));
  }
});

describe('a path in code', () => {
  const cases = {
    'fn f() { crate::b::run() }': ['1 b'],
    'fn f() { super::b::run() }': ['1 b'],
    'fn f(b: &crate::b::B) -> Option<super::room::Own> { None }': ['1 b', '1 room'],
    'use crate::b;\nfn f() { b::run() }': ['2 b'],
    'use super::{b as other};\nfn f() { other::run() }': ['2 b'],
    'use crate::room::open::{self};\nfn f() { open::act() }': ['2 room/open'],
    'use crate::room;\nfn f() { room::open::act() }': ['2 room/open'],
    'fn f() { for i in 0..crate::b::run() {} }': ['1 b'],
    '#[arg(value_parser = crate::b::run)]\nstruct A;': ['1 b'],
    "fn f<'a>(a: &'a str) -> char { crate::b::run(); 'b' }": ['1 b'],
    "fn f() -> char { '\"'; crate::b::run(); '\"' }": ['1 b'],
    'macro_rules! make { () => { $crate::b::run() } }': ['1 b'],
    'use crate::*;\nfn f() { b::run() }': ['1 lib', '2 b'],
  };
  for (const [code, expected] of Object.entries(cases)) {
    it(`is an edge: ${code}`, () => assert.deepEqual(needs(code), expected));
  }
});

describe('what a parent only shows', () => {
  it('leads to the file that defines it', () => {
    assert.deepEqual(needs('use crate::room::Inner;'), ['1 room/inner']);
    assert.deepEqual(needs('use crate::room;\nfn f() -> room::Inner {}'), ['2 room/inner']);
    assert.deepEqual(needs('fn f() -> crate::room::Inner {}'), ['1 room/inner']);
  });

  it('leads there through several parents and under another name', () => {
    const crate = {
      lib: 'mod a;\nmod b;\n',
      a: 'mod c;\npub(crate) use c::D as E;\n',
      'a/c': 'mod d;\npub(in crate::a) use d::D;\n',
      'a/c/d': 'pub struct D;\n',
      b: 'use crate::a::E;\n',
    };
    assert.deepEqual(inWords(crate), ['b:1 a/c/d']);
  });

  it('leads there through a glob', () => {
    const crate = {
      lib: 'mod a;\nmod b;\n',
      a: 'mod c;\npub use c::*;\n',
      'a/c': 'pub struct C;\n',
      b: 'use crate::a::C;\n',
    };
    assert.deepEqual(inWords(crate), ['b:1 a/c']);
  });
});

describe('parent and child', () => {
  const parent = (code) => ({ lib: 'mod p;\n', p: code, 'p/c': 'pub struct C;\npub fn c() {}\n' });

  it('a declaration and an export are no edge', () => {
    assert.deepEqual(inWords(parent('mod c;\npub use c::C;\npub(crate) use self::c::{c as d};\n')), []);
  });

  it('a parent needs the child that its own code names', () => {
    assert.deepEqual(inWords(parent('mod c;\nfn f() { c::c() }\n')), ['p:2 p/c']);
    assert.deepEqual(inWords(parent('mod c;\nuse c::C;\n')), ['p:2 p/c']);
    assert.deepEqual(inWords(parent('mod c;\nfn f() { self::c::c() }\n')), ['p:2 p/c']);
  });

  it('a parent needs the child if its own code names what it exports, too', () => {
    assert.deepEqual(inWords(parent('mod c;\npub use c::C;\nstruct P(C);\n')), ['p:3 p/c']);
    assert.deepEqual(inWords(parent('mod c;\npub use c::C;\nfn f() { C::new() }\n')), ['p:3 p/c']);
    assert.deepEqual(inWords(parent('mod c;\npub use c::*;\nstruct P(C);\n')), ['p:3 p/c']);
  });

  it('a method or a field of the same name is none of the child', () => {
    const code = 'mod c;\npub use c::c;\nstruct P { c: u8 }\nimpl P { fn c(&self) -> u8 { self.c } }\n';
    assert.deepEqual(inWords(parent(code)), []);
  });

  it('a child needs the parent that defines the item, and not the one that shows it', () => {
    const crate = {
      lib: 'mod p;\n',
      p: 'mod c;\nmod d;\npub use d::D;\npub struct P;\n',
      'p/c': 'use super::D;\nfn f() -> super::P {}\n',
      'p/d': 'pub struct D;\n',
    };
    assert.deepEqual(inWords(crate), ['p/c:1 p/d', 'p/c:2 p']);
  });

  it('needing each other is a cycle', () => {
    const crate = {
      lib: 'mod p;\n',
      p: 'mod c;\npub use c::C;\npub struct P;\nimpl P { fn c(&self) -> C { C } }\n',
      'p/c': 'pub struct C(super::P);\n',
    };
    assert.deepEqual(cyclesOf(edgesOf(crate)), [['p', 'p/c']]);
  });
});

describe('a macro', () => {
  it('is imported as any item', () => {
    const crate = {
      lib: 'mod a;\nmod b;\n',
      a: 'macro_rules! made { () => {} }\npub(crate) use made;\n',
      b: 'use crate::a::made;\nmade!();\n',
    };
    assert.deepEqual(inWords(crate), ['b:1 a']);
  });

  it('of a parent is in scope in its children', () => {
    const crate = { lib: 'mod p;\n', p: 'macro_rules! made { () => {} }\nmod c;\n', 'p/c': 'made!();\n' };
    assert.deepEqual(inWords(crate), ['p/c:1 p']);
  });

  it('needs the modules that it puts something behind', () => {
    const crate = {
      lib: 'mod p;\n',
      p: 'mod c;\nmacro_rules! list { ($($kind:ident),+) => { [$($kind::C),+] } }\nlist! { c }\n',
      'p/c': 'pub const C: u8 = 0;\n',
    };
    assert.deepEqual(inWords(crate), ['p:3 p/c']);
  });

  it('may have the name of a module', () => {
    const code = 'use serde_json::b;\nuse crate::b;\nfn f() { b!(); b::run() }';
    assert.deepEqual(needs(code), ['3 b']);
  });
});

describe('no edge', () => {
  const cases = {
    'a comment': '// crate::b::run()\n/// [`crate::b::B`]\n//! use super::b::B;\n',
    'a block comment': '/* use crate::b::B; /* nested */ use crate::b::B; */\n',
    'a string': 'const S: &str = "\\"; use crate::b::B;";\n',
    'a raw string': 'const S: &str = r#""; use crate::b::B;"#;\n',
    'a string of several lines': 'const S: &[u8] = b"\nuse crate::b::B;\n";\n',
    'another crate': 'use b::B;\nuse ::b::B as C;\nuse std::b::run;\nfn f() { b::run(); ::b::run() }\n',
    'a variable': 'use crate::b;\nfn f(b: u8) -> u8 { b + self.b }\n',
    'a module that is imported and not used': 'use crate::b;\n',
    'the module itself': 'use self::A;\nstruct A;\nfn f() { crate::a::A }\n',
    'a module for tests': '#[cfg(test)]\nmod tests { use crate::b::B; }\n',
    'a file for tests': '#[cfg(test)]\nmod tests;\n',
    'an import for tests': '#[cfg(test)]\nuse crate::{b::{self, B}};\n',
    'a function for tests': '#[cfg(test)]\n#[inline]\npub(crate) fn f<A, B>(a: [A; 1]) { crate::b::run(); }\n',
    'a constant for tests': '#[cfg(all(test, unix))]\nconst A: A = A { b: crate::b::run() };\n',
    'a field for tests': 'struct A { #[cfg(test)] b: crate::b::B, c: u8 }\n',
    'a statement for tests': 'fn f() { #[cfg(test)] let b = { crate::b::run() }; }\n',
    'who may see it': 'pub(in crate::b) fn f() {}\n',
  };
  for (const [name, code] of Object.entries(cases)) it(`comes from ${name}`, () => assert.deepEqual(needs(code), []));
});

describe('what follows something that is left out', () => {
  const cases = {
    'a comment': '/* /* */ */ use crate::b::B;',
    'a string': 'const S: &str = "\\\\"; use crate::b::B;',
    'a raw string': 'const S: &str = r"\\"; use crate::b::B;',
    'a quote': "const C: char = '\\''; use crate::b::B;",
    'a module for tests': '#[cfg(test)] mod tests { fn f() {} } use crate::b::B;',
    'an import for tests': '#[cfg(test)] use std::{a, b}; use crate::b::B;',
    'a constant for tests': '#[cfg(test)] const A: A = A { a: 1 }; use crate::b::B;',
    'a field for tests': 'struct A { #[cfg(test)] a: Vec<u8>, b: crate::b::B }',
    'code that is not for tests': '#[cfg(not(test))] use crate::b::B;',
  };
  for (const [name, code] of Object.entries(cases)) {
    it(`is read: ${name}`, () => assert.deepEqual(needs(code), ['1 b']));
  }
});

it('a declaration without a file is an error', () => {
  assert.throws(() => inWords({ lib: 'mod a;\n' }), /src\/a\.rs is declared and does not exist/);
});
