// Header names as callers may write them. `-` stands for any separator.

// Every character of a token (RFC 9110, section 5.6.2) that is neither a letter nor a digit.
const SEPARATORS = [..."!#$%&'*+-.^_`|~"];

/** Returns a name as a backend behind CGI, WSGI or Rack reads it: `X.Verified_User` is X_VERIFIED_USER. */
export function asCgi(name) {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

/** Returns all spellings that some backend takes for the same name. */
export function spellings(name) {
  const cases = [(text) => text, (text) => text.toUpperCase(), titled, alternating].map((write) => write(name));
  const everywhere = SEPARATORS.map((separator) => name.replaceAll('-', separator));
  const first = SEPARATORS.map((separator) => titled(name).replace('-', separator));
  const last = SEPARATORS.map((separator) => name.toUpperCase().replace(/-(?=[^-]*$)/, separator));
  const mixed = SEPARATORS.map((_, index) =>
    [...name].reduce((text, c, at) => text + (c === '-' ? SEPARATORS[(index + at) % SEPARATORS.length] : c), ''),
  );
  return [...new Set([...cases, ...everywhere, ...first, ...last, ...mixed])];
}

/** Names that no backend takes for one of ours. They must arrive. */
export const UNRELATED = [
  'X-Verified',
  'XVerified-User',
  'X-VerifiedUser',
  'A-X-Verified-User',
  'Verified-User',
  'X--Verified-User',
  '-X-Verified-User',
  '_x_verified_user',
  'X-Verify-User',
  'X-Very-Fied-User',
  'X-Session',
  'X-Session-IDs',
  'XSessionID',
  'A-X-Session-ID',
  'X--Session-ID',
  'X-Authorization',
  'Authorization-',
  'Authorizations',
  'Authentication',
  'X-User-Tokens',
  'X-Users',
  'XUser-Token',
  'X-Tenant',
  'XTenantID',
  ...spellings('x-custom-name'),
];

function titled(name) {
  return name.replace(/(^|-)[a-z]/g, (text) => text.toUpperCase());
}

function alternating(name) {
  return [...name].map((c, index) => (index % 2 ? c.toUpperCase() : c)).join('');
}
