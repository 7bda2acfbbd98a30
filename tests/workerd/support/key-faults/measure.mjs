// Evaluates the requests and fetches of a scenario, and computes the bounds that follow from the settings.

/** Whether a request had a token that was good from the moment it was sent until it was answered. */
export const isGood = ({ token, sentAt, answeredAt }) => token.from <= sentAt && answeredAt <= token.until;

/**
 * Returns `{ good, refused, accepted, revoked, fetches, atMost }`: good requests, and the refused ones among
 * them; requests that were accepted although their token had been revoked or never been good; whether there
 * were revoked tokens; and the fetches during the fault, in each isolate.
 */
export function measure({ scenario, keys, issuer, records, times, fetches }) {
  const good = records.filter(isGood);
  const count = (moment) => (scenario.endpoints ?? ['jwks']).reduce((sum, name) => sum + fetches[moment][name], 0);
  return {
    good,
    refused: good.filter(({ code }) => code !== 'ok'),
    accepted: records.filter(({ token, sentAt, code }) => code === 'ok' && sentAt > token.until),
    revoked: issuer.tokens.some(({ until }) => Number.isFinite(until)),
    fetches: [count('stop') - count('begin'), count('heal') - count('again')],
    atMost: [times.stop - times.begin, times.heal - times.again].map((millis) => fetchesIn(millis, keys, scenario)),
  };
}

/**
 * One fetch at the beginning and one after each cooldown, which doubles from the second failure on, and the
 * fetches that the runtime repeats.
 */
function fetchesIn(millis, { cooldown_seconds: cooldown }, { fails, broken }) {
  const cooldowns = millis / (1000 * cooldown);
  return 1 + Math.floor(fails ? Math.log2(cooldowns + 1) : cooldowns) + (broken ? 1 : 0);
}

/**
 * Returns what the log of isolate 0 or 1 should say about the fault but does not. A KV entry may have been
 * rewritten before the first isolate read it.
 */
export function unmet({ refresh, store, skipped }, lines, isolate) {
  const expected = [
    ...(refresh ? [{ event: 'keys_refresh_failed', cause: refresh[isolate] }] : []),
    ...(store && isolate === 1 ? [{ event: 'key_store_failed', cause: store }] : []),
    ...(skipped && isolate === 0 ? [{ event: 'keys_refreshed', skipped }] : []),
  ];
  return expected.filter(
    (members) => !lines.some((line) => Object.entries(members).every(([name, value]) => line[name] === value)),
  );
}

/** Returns the longest time for which a key was still accepted after it was revoked. */
export const revokedMillis = (accepted) => Math.max(0, ...accepted.map(({ token, sentAt }) => sentAt - token.until));

/**
 * Returns how late the result of an attempt may be: a request waits for it for `wait_ms`. It may be later if
 * the machine is too busy to answer in that time: an attempt is a few exchanges, each as slow as the slowest
 * request, and ends with its time limit. If attempts have failed for that reason, each of them counts, with its
 * cooldown.
 */
export function slackMillis({ scenario, keys, lines, slowest }) {
  const { wait_ms: wait, timeout_ms: timeout, cooldown_seconds: cooldown } = keys;
  const failures = scenario.fails ? 0 : lines.flat().filter(({ event }) => event === 'keys_refresh_failed').length;
  if (failures > 0) return timeout + failures * (timeout + 2 ** failures * 1000 * cooldown);
  return Math.min(timeout, Math.max(wait, 3 * slowest));
}
