// The handlers that the runtime calls are wasm-bindgen's own functions. They take the runtime's arguments as they
// are, and replace a WebAssembly instance that has trapped. The usual class with proxies around them would cost
// each request a few µs more.
import { env } from 'cloudflare:workers';
import { fetch, scheduled, start } from 'wasm';

// The isolate is set up here, so that no request waits for the set-up.
start(env);

export default { fetch, scheduled };
