// Every place from which the worker could panic as far as the compiler knows, and why it does not. `at` matches
// the file in the panic's message, with its crate. If the compiler left no file, `at` matches the name of a
// function.

const place = (at, reason) => ({ at: new RegExp(`^(${at})`), reason });

export const ALLOWED = [
  // Our own code. None of it reads a request, a token, a key set or a claim.
  place(
    'src/settings/(faults|fields)\\.rs',
    'a RefCell: what borrows the list of faults, or a description, gives it back before it calls anything',
  ),
  place('src/(upstream/assertion|session)\\.rs', '`to_string` of a JSON value: writing to a String does not fail'),
  place(
    'src/edge(\\.rs|/\\w+\\.rs)',
    'a RefCell in the shell, which never holds a borrow across an await or a call into JavaScript; and a ' +
      'future that is polled again after it has ended, which the executor does not do',
  ),

  // Code that a token passes through.
  place(
    'base64-|base64ct',
    'buffers whose size was computed from the text; the target `token` of the fuzzer decodes anything',
  ),
  place(
    'serde_json|serde_core-|itoa-',
    'buffers of their own, at places that they keep; the targets `header`, `claims`, `jwks` and `config` ' +
      'feed them anything',
  ),
  place(
    'sha2-|curve25519-dalek-|signature-',
    'tables and blocks of fixed size; signing with a key that was checked when it was read',
  ),
  place(
    'num-bigint-dig-|num_bigint_dig::|<&?num_bigint_dig::|rsa-|smallvec-',
    'numbers of bounded size, and no division by an even modulus or by zero: keys are checked before; the ' +
      'targets `rs256` and `jwks` feed them anything',
  ),
  place('jwt-compact-', 'the assertion, whose claims are ours'),
  place('hashbrown-', 'the bounded table of verified tokens'),

  // The standard library, which all others use.
  place(
    'library/alloc/src/(str|string|fmt|vec|raw_vec|rc)[./]|<T as alloc::',
    'strings and vectors at places that were found in them; lengths that fit in memory; `to_string`, see above',
  ),
  place(
    'library/alloc/src/collections/btree/|<alloc::collections::btree::',
    'the invariants of BTreeMap, whose keys are strings, which are ordered',
  ),
  place(
    'library/core/src/(str|slice|char|unicode)/|core::slice::sort::|core::str::',
    'searching and sorting at places that they keep; all that is sorted is ordered',
  ),
  place(
    'library/core/src/(num|fmt|net)/|<core::net::|<f64 as',
    'numbers and addresses as text, in buffers that are long enough for each',
  ),
  place(
    'library/core/src/cell|library/std/src/(sync|sys|thread|io)/',
    'cells that are filled once, and not while they are being filled; there is one thread',
  ),
  place('library/std/src/panicking|<std::panicking::', 'the message of a panic itself'),
  place('dlmalloc-', 'the allocator’s view of its own memory, which only unsafe code could spoil'),

  // The runtime’s glue, which no token passes through.
  place(
    'js-sys-|js_sys::|<js_sys::|futures-|worker-|worker::|wasm-streams-|serde-wasm-bindgen-|init$|__worker_init_state',
    'futures and promises: a cell borrowed twice, a future polled after its end, a start that has failed',
  ),
];
