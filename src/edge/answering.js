/**
 * Returns a response. `fields` has one line for each name and each value of the header fields, in turn.
 * @param {number} status
 * @param {string} fields
 * @param {string} body
 */
export function respond(status, fields, body) {
  const headers = new Headers();
  const parts = fields.split('\n');
  for (let i = 0; i + 1 < parts.length; i += 2) headers.append(parts[i], parts[i + 1]);
  return new Response(body === '' ? null : body, { status, headers });
}
