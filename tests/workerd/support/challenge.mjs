// Reads WWW-Authenticate by its grammar: RFC 9110, sections 11.2, 11.3 and 11.6.1.

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[-._~+/0-9A-Za-z]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"/y;
const SPACES = / +/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const COMMA = /[ \t]*,[ \t,]*/y;

/**
 * Returns the challenges of a field value: `[{ scheme, params }]` or `[{ scheme, token68 }]`. Throws if the
 * value is not one.
 */
export function parseChallenges(value) {
  let at = 0;
  const take = (pattern) => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(value) ?? [];
    at += found?.length ?? 0;
    return found;
  };
  const fail = (what) => {
    throw new SyntaxError(`${what} expected at ${at} of ${JSON.stringify(value)}`);
  };

  const challenges = [];
  let name = take(TOKEN) ?? fail('a scheme');
  while (name !== undefined) {
    const challenge = { scheme: name, params: {} };
    challenges.push(challenge);
    name = undefined;
    if (take(SPACES)) {
      const token68 = take(TOKEN68);
      if (token68) Object.assign(challenge, { params: undefined, token68 });
      else name = take(TOKEN) ?? fail('a parameter');
    }
    // A name with "=" is a parameter of this challenge; a name without is the scheme of the next one.
    while (name !== undefined && take(EQUALS)) {
      if (Object.hasOwn(challenge.params, name.toLowerCase())) fail('no second value');
      challenge.params[name.toLowerCase()] = take(TOKEN) ?? unquote(take(QUOTED) ?? fail('a value'));
      name = take(COMMA) ? (take(TOKEN) ?? fail('a parameter or scheme')) : undefined;
    }
    if (name === undefined && take(COMMA)) name = take(TOKEN) ?? fail('a scheme');
  }
  if (at !== value.length) fail('the end');
  return challenges;
}

function unquote(quoted) {
  return quoted.slice(1, -1).replace(/\\(.)/gs, '$1');
}
