// The configuration of a worker in front of the simulation.

/**
 * Returns a configuration with a provider for the gateway's regions, a provider for JTL's session tokens, and
 * the backend.
 *
 * @param {{
 *   gateway: { regions: { [id: string]: { url: string } } },
 *   jtl: { url: string },
 *   backend: { url: string },
 * }} parties
 */
export const standardConfig = ({ gateway, jtl, backend }) => ({
  providers: [
    { name: 'mc', kind: 'merchant-center', regions: Object.values(gateway.regions).map(({ url }) => url) },
    {
      name: 'jtl',
      kind: 'jtl-session',
      api_url: jtl.url,
      auth_url: jtl.url,
      client_id_secret_name: 'JTL_CLIENT_ID',
      client_secret_secret_name: 'JTL_CLIENT_SECRET',
    },
  ],
  upstreams: { origin: { url: backend.url } },
});

/**
 * Returns the secrets that the configuration names, from the settings of the JTL platform.
 *
 * @param {{ clientId: string, clientSecret: string }} settings
 */
export const clientSecrets = ({ clientId, clientSecret }) => ({
  JTL_CLIENT_ID: clientId,
  JTL_CLIENT_SECRET: clientSecret,
});
