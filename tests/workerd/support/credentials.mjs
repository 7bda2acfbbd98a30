// The header fields in which the platforms send their tokens.

/** Returns the field of a Merchant Center token, or of any other provider without a header of its own. */
export const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** Returns the field of a JTL session token. */
export const inSession = (token) => ({ 'x-session-id': token });
