// A key set as it lies in KV.

/** Where a region's keys are. */
export const uriOf = ({ url }) => `${url}/.well-known/jwks.json`;

/** An entry as the worker writes it, `age` seconds ago; undefined removes a member. */
export function entry(region, age, changes = {}) {
  const jwks = JSON.stringify(region.keys.jwks());
  return JSON.stringify({
    source: region.url,
    jwks_uri: uriOf(region),
    fetched_at: Date.now() - age * 1000,
    etag: '"1"',
    jwks,
    ...changes,
  });
}
