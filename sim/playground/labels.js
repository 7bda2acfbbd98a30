// The meaning of the simulation's names.

export const ROTATIONS = {
  overlap: 'New key, old ones stay',
  announce: 'New key announced only',
  abrupt: 'New key, old ones gone',
  'same-kid': 'New key, same key id',
};

export const FAULTS = {
  ok: 'Works',
  down: 'Down: connections are cut',
  status: 'Answers 503',
  'slow-header': 'Answers after 2 s',
  'slow-body': 'Pauses for 2 s in the middle',
  'cut-body': 'Breaks off in the middle',
  'endless-body': 'Never ends',
  garbage: 'Sends garbage',
  html: 'Sends a sign-in page',
  redirect: 'Redirects',
  huge: 'Sends 8 MiB',
  'empty-set': 'Sends no keys',
  'many-keys': 'Sends 100 other keys first',
  'malformed-sibling': 'Sends one broken key first',
};

export const ENDPOINTS = { jwks: 'Key set', token: 'Access token' };

export const STATES = {
  fresh: 'fresh',
  stale: 'stale, still in use',
  expired: 'too old to be used',
  absent: 'never fetched',
  inline: 'from the configuration',
};

export const STEP_STATES = {
  passed: { mark: '✔', text: 'passed' },
  stopped: { mark: '✘', text: 'stopped here' },
  begun: { mark: '…', text: 'begun: the payload had to say first whose key to use' },
  skipped: { mark: '–', text: 'not needed: the route is public' },
  unreached: { mark: '·', text: 'not reached' },
};

export const REMOVED = {
  credential: 'the token itself: the backend must not need it',
  forged: 'only Drawbridge may write these names',
  transport: 'belongs to one connection',
};
