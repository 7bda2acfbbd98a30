// Every attack that has a test, by section. `title` is the test's; `by` says where the attack is stopped, and
// `seen` where it has worked. SECURITY.md shows the catalogue as tables.
import { REQUESTS } from '../../testing/attacks/requests.mjs';

const row = (title, by, seen) => ({ title, by, ...(seen && { seen }) });

const BYPASSES = [
  row(
    'the algorithm is taken from the token',
    'the algorithm belongs to provider and key (`pipeline/verification.rs`); `none` and HMAC do not exist',
    'APISIX CVE-2026-39999, Hono CVE-2026-22817, CVE-2026-22818',
  ),
  row(
    'a claim of the wrong type counts as absent',
    'a wrong type is a refusal (`token/claims.rs`)',
    'jsonwebtoken CVE-2026-25537, Hono CVE-2026-44459, Apollo Router #8780',
  ),
  row(
    'the audience is not checked',
    'no kind of provider but `jtl-session` works without one (`provider.rs`, `config/provider.rs`)',
    'Hono CVE-2025-62610',
  ),
  row(
    'an unknown crit is ignored',
    'any `crit` is a refusal (`token.rs`)',
    'fast-jwt CVE-2026-35042, Authlib CVE-2025-59420',
  ),
  row(
    'a parser is kept busy',
    'a limit before anything is split (`request/credential.rs`), bounded depth (`json.rs`)',
    'go-jose CVE-2025-27144, golang-jwt CVE-2025-30204',
  ),
  row('a member stands twice in JSON', 'duplicates are a refusal at any depth (`json.rs`)'),
  row('base64url is read laxly', 'one spelling only (`token.rs`)'),
  row(
    'a token that was verified once is believed for ever',
    'time, audience and rules are checked for every request (`pipeline/verification.rs`, `pipeline.rs`)',
    'fast-jwt CVE-2026-35039, Oathkeeper CVE-2021-32701, CVE-2026-33496',
  ),
  row(
    'a revoked key goes on being believed',
    'no key set is older than `fresh_seconds` while its issuer answers (`keys/cache.rs`)',
  ),
  row(
    'keys that cannot be had open the door',
    'no default key, 503 (`keys/cache.rs`)',
    'Istio CVE-2026-31837, Envoy CVE-2025-64527',
  ),
  row(
    'the worker fetches what a token names',
    'only configured URLs, no redirect (`keys/fetch.rs`, `edge/exchange.js`); header URLs are never read (`token.rs`)',
    'Istio CVE-2026-41413',
  ),
  row(
    'an identity is written by the caller, on a path that needs none',
    'stripped on every path (`upstream/removed.rs`)',
    'Envoy #46586, #35553, APISIX',
  ),
  row(
    'a field passes under another spelling',
    'stripped in any case and with any character for `-` (`upstream/removed.rs`)',
    'oauth2-proxy CVE-2025-64484, Traefik GHSA-5m6w-wvh7-57vm',
  ),
  row(
    'a Connection list drops a field',
    'the caller’s list has no effect (`upstream/removed.rs`)',
    'Fabio CVE-2025-48865',
  ),
  row(
    'one of several credentials is looked at, another one used',
    'more than one is a refusal (`request/credential.rs`)',
    'Envoy CVE-2020-25017',
  ),
  row(
    'a path means something else to the backend',
    'what could be read in two ways is a refusal (`request/path.rs`)',
    'Oathkeeper CVE-2026-33494, Istio CVE-2021-31920, CVE-2021-39156, Envoy CVE-2026-73553, Traefik CVE-2026-48020',
  ),
  row(
    'a rule is dodged by query, host or method',
    'rules see the path alone (`request.rs`, `route.rs`)',
    'oauth2-proxy CVE-2025-54576, Istio CVE-2021-39155',
  ),
  row(
    'forwarded fields are believed',
    'nobody reads them (`pipeline.rs`); with `public_url` nor the host',
    'oauth2-proxy CVE-2026-40575, CVE-2026-76835, CVE-2026-34457',
  ),
  row(
    'one caller is shown another one’s answer',
    'subrequests with a session are `no-store` (`upstream.rs`), a cached upstream of a session route a fault ' +
      '(`config/route.rs`)',
    'Hono CVE-2026-44457',
  ),
  row('a claim writes a field', 'identity values are percent-encoded (`upstream.rs`)'),
  row(
    'what one request breaks, others feel',
    'nothing that reads untrusted bytes can panic (lints, `Cargo.toml`)',
    'workers-rs #835',
  ),
  row(
    'a token or secret is in an answer or the log',
    'codes and key ids only (`rejection.rs`, `pipeline/record.rs`, `edge/log.rs`)',
  ),
  row(
    'a weak key is verified with',
    'refused where the set is read, and counted (`keys/jwk_set.rs`, `signature/rs256.rs`)',
    'CVE-2017-15361 (ROCA)',
  ),
  row('a point of small order verifies everything', 'strict verification (`signature/ed25519.rs`)'),
];

const RFC8725 = [
  row('3.1 the algorithm is not verified', '`pipeline/verification.rs`'),
  row('3.2 an algorithm that is not appropriate', '`signature.rs`: there are two'),
  row('3.3 not every cryptographic operation is validated', '`token.rs`: one signature, and no token within a token'),
  row('3.4 cryptographic inputs are not validated', '`signature/rs256.rs`, `signature/ed25519.rs`, `signature/jwk.rs`'),
  row('3.5 a key has too little entropy', '`signature/jwk.rs`: no shared secrets, no short keys'),
  row('3.6 what is compressed is read', '`token.rs`: no `zip`, no encryption'),
  row('3.7 text that is not UTF-8', '`json.rs`'),
  row('3.8 issuer or subject are not validated', '`pipeline/verification.rs`, `provider.rs`'),
  row('3.9 a token for somebody else is taken', '`provider.rs`'),
  row(
    '3.10 a claim is trusted to name a key, a URL or a query',
    '`token.rs`, `keys/jwk_set.rs`: `kid` is compared, nothing else is read',
  ),
  row('3.11 the type is not looked at', '`pipeline/verification.rs`, `provider.rs`'),
  row(
    '3.12 one kind of token passes for another',
    '`pipeline/verification.rs`: each provider has its own header, algorithms, issuer, audiences and claims',
  ),
];

const ROUTING = [
  row(
    'another spelling opens a public route',
    'a public route matches as written; folding only adds demands (`route/table.rs`, `route/deciding.rs`)',
  ),
  row(
    'another spelling leads around a rule, or to a weaker one',
    'a rule for sessions ignores case; a session fulfils the rules of both spellings (`route/table.rs`, ' +
      '`route/deciding.rs`)',
  ),
  row(
    'two spellings of one path have two rules',
    'a fault, unless both are public or `case_sensitive` is true (`route/table.rs`, `config/route.rs`)',
  ),
  row(
    'nobody has said what a path without a rule does',
    '`unmatched` is required where a rule demands more than a session (`config/unmatched.rs`)',
  ),
  row(
    'a method that no rule names falls through to a weaker one',
    'a warning names the methods and the rule (`config/warning/route.rs`)',
  ),
  row(
    'a handler has a second address',
    '`unmatched = "deny"` and narrow public rules; a warning where the configuration shows it ' +
      '(`config/warning/route.rs`)',
  ),
];

const TEXTS = [
  row(
    'a rule compares a number that was rounded',
    'a number of 2^53 or more in a rule is a fault (`settings/shape.rs`, `json.rs`)',
  ),
  row(
    'a token stands in a path, a key id or a claim',
    'shortened wherever text leaves (`redaction.rs`, `pipeline/record.rs`)',
  ),
  row(
    'a secret is written where its name belongs',
    'a name must look like one (`redaction/name.rs`); faults are shortened where they are collected (`settings.rs`)',
  ),
  row('a URL of the configuration has a secret in its query', 'shown without query and user name (`redaction.rs`)'),
  row(
    'a hostile audience or issuer writes the log',
    'cut, without queries, and marked if unverified (`pipeline/record.rs`, `pipeline/verification.rs`)',
  ),
  row(
    'a refusal hides its reason from the log',
    'each line has the sentence that the caller gets (`rejection/response.rs`, `pipeline/record.rs`)',
  ),
  row('a token is as long as a token may be, or longer', 'at most 16 KiB (`request/credential.rs`)'),
];

const FORWARDING = [
  row(
    'the identity is cut off by too many fields',
    'at most 128 names, `headers_too_many`; the lines of one name leave as one (`upstream/sent_fields.rs`, ' +
      '`edge/forward.js`)',
    'backends on Node, CVE-2026-58044',
  ),
  row(
    'a field names another method, path, host or scheme',
    'removed on every path and in every spelling (`upstream/removed.rs`)',
    'Next.js CVE-2025-29927, Symfony CVE-2018-14773, Rack CVE-2025-61780',
  ),
  row(
    'a method override changes what was judged',
    '`method_ambiguous` on behalf of a session, removed on a public route (`upstream/sent_fields.rs`, ' +
      '`edge/forward.js`)',
  ),
  row(
    'a caller chooses the host of absolute URLs',
    'the worker sets `X-Forwarded-Host` and `X-Forwarded-Proto` (`upstream/forwarded.rs`)',
    'React Router CVE-2025-31137',
  ),
  row('an answer that is none ends in an exception', '502 `upstream_unreachable` (`edge/forward.js`)'),
  row(
    'a public route’s answer to one caller is cached for all',
    'a request with a credential is `no-store` (`edge/forward.js`); a cached upstream without a `public_url` is a ' +
      'fault (`config/upstream.rs`)',
  ),
  row(
    'a secret in authorization is written by the caller, or sent to another backend',
    'removed and set towards its own upstream only (`pipeline/gateway.rs`)',
  ),
];

export const SECTIONS = {
  bypasses: BYPASSES,
  forwarding: FORWARDING,
  rfc8725: RFC8725,
  routing: ROUTING,
  texts: TEXTS,
  requests: REQUESTS.map(({ title, variants }) => row(title, stoppedBy(variants))),
};

/** Returns who stops the variants of a request, in the order in which they are stopped. */
function stoppedBy(variants) {
  const found = new Map();
  for (const [
    ,
    ,
    {
      by,
      answers: [answer],
    },
  ] of variants)
    found.set(by, new Set([...(found.get(by) ?? []), answer ?? 'no answer']));
  const runtime = [...(found.get('the runtime') ?? [])].sort().join(', ');
  const others = [...found.keys()].filter((by) => by !== 'the runtime').sort();
  return [...(runtime && [`the runtime (${runtime})`]), ...others].join('; ');
}
