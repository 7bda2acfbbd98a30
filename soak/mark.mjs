// The mark by which a request is known at both ends: its purpose and a number that no other has. It
// stands in the path or in the query.
const PURPOSES = ['valid', 'open', 'silent', 'hostile'];
const MARK = new RegExp(`~(${PURPOSES.join('|')})~\\d+`);

let last = 0;

/** A new one. */
export const mark = (purpose) => `~${purpose}~${(last += 1)}`;

/** The mark in a URL: `{ text, purpose, hidden }`, where `hidden` requests were sent within others. */
export function markOf(url) {
  const [text, purpose] = MARK.exec(url) ?? [];
  return text && { text, purpose, hidden: url.includes(`${text}/hidden`) };
}
