// Declarations for `tsc` of the modules and types that the shell's JavaScript finds when it runs.

/** The module that wasm-bindgen generates from the functions in src/edge/ that Rust exports. */
declare module 'wasm' {
  export function start(env: object): void;
  export function fetch(request: Request, env: object, context: object): Promise<Response>;
  export function scheduled(event: object, env: object, context: object): Promise<void>;
  export function ended(
    slot: number,
    status: number,
    failure: 'body' | 'headers' | 'method' | 'timeout' | 'unreachable' | undefined,
    millis: number,
  ): Response | undefined;
}

declare module 'cloudflare:workers' {
  export const env: Record<string, unknown>;
}

interface Response {
  /** The other end of the WebSocket, if the response accepts a WebSocket handshake. */
  readonly webSocket?: object | null;
}
