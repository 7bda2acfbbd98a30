// Rust as tokens: without comments, without what strings hold, and without what exists for tests only.

const TOKEN = /r#[A-Za-z_]\w*|[A-Za-z_]\w*|'[A-Za-z_]\w*|\d\w*|::|=>|->|\.\.[.=]?|\S/g;

// A string in all its forms, a character, or the start of a comment. A lifetime is no character: no quote ends it.
const OPAQUE = /\/\/[^\n]*|\/\*|\b[bc]?r(#*)"[^]*?"\1|"(?:\\[^]|[^"\\])*"|'\\[^][^']*'|'[^'\\]'/gu;

const blank = (text) => text.replaceAll(/[^\n]/g, ' ');

/** Returns where the block comment that starts at `start` ends. Block comments nest. */
function endOfComment(text, start) {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}

/** Returns `text` with blanks in place of comments and strings, so that each line keeps its number. */
function codeOf(text) {
  const opaque = new RegExp(OPAQUE);
  let code = '';
  let at = 0;
  for (let found = opaque.exec(text); found; found = opaque.exec(text)) {
    const end = found[0] === '/*' ? endOfComment(text, found.index) : opaque.lastIndex;
    code += text.slice(at, found.index) + blank(text.slice(found.index, end));
    at = opaque.lastIndex = end;
  }
  return code + text.slice(at);
}

const OPENING = ['(', '[', '{'];
const CLOSING = [')', ']', '}'];

/** Returns the index after the bracket that closes the one at `start`. */
export function closed(tokens, start) {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    if (OPENING.includes(tokens[at].text)) depth += 1;
    if (CLOSING.includes(tokens[at].text)) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

// Items that end with a semicolon even if they have braces.
const STATEMENTS = ['const', 'let', 'static', 'type', 'use'];
const ITEMS = ['async', 'enum', 'extern', 'fn', 'impl', 'macro_rules', 'mod', 'struct', 'trait', 'unsafe'];

/** Returns the index after the item, the field or the statement that starts at `start`. */
function endOfItem(tokens, start) {
  let at = start;
  while (tokens[at]?.text === '#') at = closed(tokens, at + 1);
  if (tokens[at]?.text === 'pub') at = tokens[at + 1]?.text === '(' ? closed(tokens, at + 1) : at + 1;
  const first = tokens[at]?.text;
  const isFunction = ITEMS.includes(tokens[at + 1]?.text) && first === 'const';
  const isStatement = STATEMENTS.includes(first) && !isFunction;
  const isItem = isStatement || isFunction || ITEMS.includes(first);
  while (at < tokens.length) {
    const { text } = tokens[at];
    if (CLOSING.includes(text)) return at;
    if (text === ';' || (text === ',' && !isItem)) return at + 1;
    at = OPENING.includes(text) ? closed(tokens, at) : at + 1;
    if (text === '{' && !isStatement) return tokens[at]?.text === ',' && !isItem ? at + 1 : at;
  }
  return at;
}

const FOR_TESTS = /^#\[cfg\((test\)|all\(test,)/;

/** Returns the tokens of a Rust source, each with its line. */
export function tokensOf(source) {
  const tokens = codeOf(source)
    .split('\n')
    .flatMap((line, index) => [...line.matchAll(TOKEN)].map(([text]) => ({ text, line: index + 1 })));
  const kept = [];
  let at = 0;
  while (at < tokens.length) {
    const attribute = tokens.slice(at, at + 8).map(({ text }) => text);
    if (FOR_TESTS.test(attribute.join(''))) at = endOfItem(tokens, closed(tokens, at + 1));
    else kept.push(tokens[at++]);
  }
  return kept;
}
