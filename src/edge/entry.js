// What the runtime calls. wasm-bindgen's functions take what it passes, and replace an instance of the
// WebAssembly that has trapped; a class and proxies around them would cost each request some µs more.
import { env } from 'cloudflare:workers';
import { fetch, scheduled, start } from 'wasm';

// Before there is a request that would have to wait for it.
start(env);

export default { fetch, scheduled };
