// Verifies one signature many times. The bench reads the processor time of the process before and after.
import module from './signatures.wasm';
import vectors from '../signatures/vectors.json';

// The shell of the product is linked in, but never called.
const stubs = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  stubs[from] ??= {};
  stubs[from][name] = () => {
    throw new Error(`${name} was called`);
  };
}
const wasm = /** @type {{ verify(subject: number, times: number): number }} */ (
  /** @type {unknown} */ (new WebAssembly.Instance(module, stubs).exports)
);

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));

const ALGORITHMS = {
  rs256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  eddsa: { name: 'Ed25519' },
};

async function verifyBySubtle(name, times) {
  const { jwk, token } = vectors[name];
  const algorithm = ALGORITHMS[name];
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
  const end = token.lastIndexOf('.');
  const message = new TextEncoder().encode(token.slice(0, end));
  const signature = bytes(token.slice(end + 1));
  let good = 0;
  for (let left = times; left > 0; left -= 1)
    good += Number(await crypto.subtle.verify(algorithm, key, signature, message));
  return good;
}

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const [subject, times] = [searchParams.get('subject'), Number(searchParams.get('times'))];
    return new Response(
      String(subject in ALGORITHMS ? await verifyBySubtle(subject, times) : wasm.verify(Number(subject), times)),
    );
  },
};
