// The variables that the bench gives its workers: see `variablesFor` in ../scenario.mjs.

declare namespace Cloudflare {
  interface Env {
    ORIGIN: string;
    ISSUER: string;
    JWKS_URI: string;
    ALGORITHM: 'RS256' | 'EdDSA';
    AUDIENCE?: string;
    PUBLIC_URL: string;
  }
}

declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
