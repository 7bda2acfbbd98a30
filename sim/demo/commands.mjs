// Commands to paste into another terminal while the demo runs.

/** Returns the commands as a text. */
export function pasteable(stage, paint) {
  const blocks = commands(stage).map(({ what, command }) => `${what}:\n${command.replace(/^/gm, '  ')}`);
  return [paint('bold', 'Try it in another terminal'), ...blocks].join('\n\n');
}

/** Returns commands for a POSIX shell: `{ what, command }`. */
export function commands({ worker, gateway, jtl, backend }) {
  const orders = `${worker.url}/orders`;
  // Makes a token and cuts it out of {"token":"…"}.
  const token = (control, body) => `$(\n  curl -s ${control} \\\n    -d '${JSON.stringify(body)}' | cut -d'"' -f4)`;
  const expired = token(`${gateway.url}/__sim/token`, { audience: orders, hostile: 'expired' });
  const control = (url, body) => `curl -s ${url} -d '${body}'`;
  return [
    {
      what: 'A request as a Merchant Center application sends it, through the gateway, and the echo of the backend',
      command: [
        `curl -si ${gateway.url}/proxy/forward-to \\`,
        "  -H 'Accept-version: v2' -H 'X-Project-Key: shop-eu' \\",
        `  -H 'X-Forward-To: ${orders}' -H 'X-Forward-To-Claims: permissions'`,
      ].join('\n'),
    },
    {
      what: 'A request as a JTL front end sends it, with a new session token',
      command: `curl -si ${worker.url}/items -H "X-Session-ID: ${token(`${jtl.url}/__sim/session-token`, {})}"`,
    },
    {
      what: 'Refused: an expired token (sim/tokens.mjs lists what else can be wrong with one)',
      command: `curl -si -w '\\n' ${orders} -H "Authorization: Bearer ${expired}"`,
    },
    { what: 'Refused: no token', command: `curl -si -w '\\n' ${orders}` },
    {
      what: "Replace the gateway's key; the first request above works still",
      command: control(`${gateway.url}/__sim/keys`, '{"rotate":"abrupt"}'),
    },
    {
      what: "Take the gateway's key set down; the first request above works still",
      command: control(`${gateway.url}/__sim/faults`, '{"jwks":"down"}'),
    },
    { what: 'And up again', command: control(`${gateway.url}/__sim/faults`, '{"jwks":"ok"}') },
    { what: 'How many requests have reached the backend', command: `curl -s ${backend.url}/__sim/counters` },
    { what: "The worker's log lines, among what wrangler says", command: `tail -f ${worker.log}` },
  ];
}
