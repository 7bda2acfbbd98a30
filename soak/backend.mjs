// A process: the backend. It answers with what has reached it, and writes down at once what never should have.
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { serveParent } from '../testing/child.mjs';
import { readBody, sendJson } from '../sim/answer.mjs';
import { pairsOf } from '../sim/forward.mjs';
import { portOf } from '../sim/listen.mjs';
import { serve } from '../sim/server.mjs';
import { markOf } from './mark.mjs';

const CREDENTIALS = /^(authorization|x.session.id|x.login)$/i;
const IDENTITY = /^x.verified/i;

let server;
let arrived = 0;

serveParent({
  /** Starts it. `breaches` is a file, so that its content outlives this process. */
  async start({ port, breaches }) {
    server = await serve({ name: 'backend', port, handle: (req, res) => answer(req, res, breaches) });
    return { port: portOf(server.server) };
  },
  /** Returns how many allowed requests have arrived. */
  arrived: () => arrived,
  end: () => server.close(),
});

async function answer(req, res, breaches) {
  const mark = markOf(req.url);
  const headers = pairsOf(req.rawHeaders);
  const identity = Object.fromEntries(
    headers.filter(([name]) => IDENTITY.test(name)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const fault = faultOf(mark, req.url, headers, identity);
  if (fault)
    appendFileSync(
      breaches,
      `${JSON.stringify({ fault, method: req.method, url: req.url.slice(0, 200), identity })}\n`,
    );
  else arrived += 1;
  if (mark?.purpose === 'silent') return;
  const body = await readBody(req);
  sendJson(res, 200, {
    mark: mark?.text,
    method: req.method,
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    identity,
  });
}

function faultOf(mark, url, headers, identity) {
  if (!mark) return 'a request that nobody has sent';
  if (mark.purpose === 'hostile') return 'a hostile request';
  if (mark.hidden) return 'a smuggled request';
  if (Object.values(identity).some((value) => value.includes('intruder'))) return 'an identity of the caller’s own';
  if (mark.purpose === 'open' && Object.keys(identity).length > 0) return 'an identity on a public route';
  // On a public route, credentials are the backend's own.
  if (!url.startsWith('/open/') && headers.some(([name]) => CREDENTIALS.test(name))) return 'a credential';
  return undefined;
}
