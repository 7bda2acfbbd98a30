// The steps of the worker's pipeline, numbered as in src/lib.rs, and the step at which each refusal stops a
// request.

/** The steps: `{ number, name, what, codes }`. Every code of src/rejection.rs belongs to exactly one step. */
export const STEPS = [
  {
    number: 1,
    name: 'Configuration',
    what: 'was parsed and validated when the worker started',
    codes: ['misconfigured'],
  },
  { number: 2, name: 'Path', what: 'has one meaning, to the rules and to the backend', codes: ['path_ambiguous'] },
  {
    number: 3,
    name: 'Route',
    what: 'the most specific one decides who may pass',
    codes: ['method_not_allowed', 'route_unknown'],
  },
  {
    number: 4,
    name: 'Credential',
    what: 'exactly one, in its place',
    codes: ['token_missing', 'credential_ambiguous', 'credential_malformed', 'token_too_large'],
  },
  {
    number: 5,
    name: 'Signature',
    what: 'form, header, algorithm, key, and the signature itself',
    codes: [
      'token_malformed',
      'header_malformed',
      'header_critical',
      'algorithm_not_allowed',
      'key_unknown',
      'keys_unavailable',
      'signature_invalid',
    ],
  },
  {
    number: 6,
    name: 'Claims',
    what: 'time, issuer, audience, and what the provider demands',
    codes: [
      'claims_malformed',
      'token_expired',
      'token_not_yet_valid',
      'issuer_mismatch',
      'audience_mismatch',
      'claim_missing',
      'claim_mismatch',
    ],
  },
  { number: 7, name: 'Authorisation', what: 'the session has what the route demands', codes: ['permission_denied'] },
  {
    number: 8,
    name: 'Forward',
    what: 'to the backend, with the identity in place of the token',
    codes: ['body_not_allowed', 'headers_too_many', 'method_ambiguous', 'upstream_unreachable', 'upstream_timeout'],
  },
];

// If several issuers are possible, the payload is read before the signature, to know whose keys to try.
const BEFORE_THE_SIGNATURE = ['claims_malformed', 'issuer_mismatch'];

/**
 * Returns the outcome of each step: `{ number, name, what, state }`. `state` is "passed", "stopped", "begun",
 * "skipped" or "unreached". `code` is the refusal's, or '' if there was none. On a public route the steps about
 * identity are skipped.
 */
export function verdicts({ code, isPublic = false }) {
  const stop = STEPS.find(({ codes }) => codes.includes(code))?.number;
  return STEPS.map(({ number, name, what }) => ({
    number,
    name,
    what,
    state: state({ number, stop, code, isPublic }),
  }));
}

function state({ number, stop, code, isPublic }) {
  if (number === stop) return 'stopped';
  if (stop !== undefined && number > stop) return 'unreached';
  if (number === 5 && BEFORE_THE_SIGNATURE.includes(code)) return 'begun';
  return isPublic && number >= 4 && number <= 7 ? 'skipped' : 'passed';
}
