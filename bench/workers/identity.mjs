// What a worker in JavaScript tells the backend about its caller. Every name is set or removed, so that no
// caller can forge one.
export function identityHeaders(incoming, payload) {
  const headers = new Headers(incoming);
  headers.delete('authorization');
  const ofMerchantCenter = (name) => payload[`${payload.iss}/claims/${name}`];
  const identity = {
    'x-verified-provider': 'bench',
    'x-verified-issuer': payload.iss,
    'x-verified-user': payload.sub,
    'x-verified-project': ofMerchantCenter('project_key'),
    'x-verified-permissions': ofMerchantCenter('user_permissions')?.join(' ') ?? payload.scope,
    'x-verified-expires': payload.exp,
  };
  for (const [name, value] of Object.entries(identity)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}
