// A mark identifies a request at both ends: its purpose and a unique number. It stands in the path or in the
// query.
const PURPOSES = ['valid', 'open', 'silent', 'hostile'];
const MARK = new RegExp(`~(${PURPOSES.join('|')})~\\d+`);

let last = 0;

/** Makes a new mark. */
export const mark = (purpose) => `~${purpose}~${(last += 1)}`;

/** Returns the mark in a URL: `{ text, purpose, hidden }`. A `hidden` request was sent inside another one. */
export function markOf(url) {
  const [text, purpose] = MARK.exec(url) ?? [];
  return text && { text, purpose, hidden: url.includes(`${text}/hidden`) };
}
