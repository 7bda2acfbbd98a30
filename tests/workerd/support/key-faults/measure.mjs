// What a scenario's requests and fetches amount to, and the bounds that follow from the settings.

/** A request with a token that was good from the moment it was sent until it was answered. */
export const isGood = ({ token, sentAt, answeredAt }) => token.from <= sentAt && answeredAt <= token.until;

/**
 * `{ good, refused, accepted, revoked, fetches, atMost }`: good requests and those of them that were
 * refused, requests that were accepted though their token had been revoked or never been good,
 * whether there were revoked tokens, and the fetches while the fault lasted, in each isolate.
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
 * One at the beginning and one after each cooldown, which doubles from the second failure on; and what the
 * runtime repeats.
 */
function fetchesIn(millis, { cooldown_seconds: cooldown }, { fails, broken }) {
  const cooldowns = millis / (1000 * cooldown);
  return 1 + Math.floor(fails ? Math.log2(cooldowns + 1) : cooldowns) + (broken ? 1 : 0);
}

/**
 * What the log of isolate 0 or 1 should say about the fault, and does not. A KV entry may have been
 * written anew before the first one read it.
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

/** How long after it was revoked a key was still accepted, at most. */
export const revokedMillis = (accepted) => Math.max(0, ...accepted.map(({ token, sentAt }) => sentAt - token.until));

/**
 * How late what an attempt brings may be: a request waits for it for `wait_ms`. Longer where the
 * machine is too busy to answer in that time: an attempt is a few exchanges, each as slow as the
 * slowest request, and ends with its time limit. Where attempts have failed for that reason, each of
 * them counts, and its cooldown.
 */
export function slackMillis({ scenario, keys, lines, slowest }) {
  const { wait_ms: wait, timeout_ms: timeout, cooldown_seconds: cooldown } = keys;
  const failures = scenario.fails ? 0 : lines.flat().filter(({ event }) => event === 'keys_refresh_failed').length;
  if (failures > 0) return timeout + failures * (timeout + 2 ** failures * 1000 * cooldown);
  return Math.min(timeout, Math.max(wait, 3 * slowest));
}
