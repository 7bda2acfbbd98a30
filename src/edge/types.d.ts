// What the JavaScript of the shell finds when it runs, for `tsc`.

/** What wasm-bindgen makes of the functions in src/edge.rs. */
declare module 'wasm' {
  export function start(env: object): void;
  export function fetch(request: Request, env: object, context: object): Promise<Response>;
  export function scheduled(event: object, env: object, context: object): Promise<void>;
  export function ended(
    slot: number,
    status: number,
    failure: 'body' | 'timeout' | 'unreachable' | undefined,
    millis: number,
  ): Response | undefined;
}

declare module 'cloudflare:workers' {
  export const env: Record<string, unknown>;
}

interface Response {
  /** The other end of a handshake that was accepted. */
  readonly webSocket?: object | null;
}
