// A key set as it lies in KV.

/** Returns the URL of a region's keys. */
export const uriOf = ({ url }) => `${url}/.well-known/jwks.json`;

/** Returns an entry as the worker writes it, `age` seconds old. In `changes`, undefined removes a member. */
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
