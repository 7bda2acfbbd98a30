// The controls: GET and POST under /__sim on every simulated server, in the same form.
//
//   GET  /__sim         {"name", "url", "<part>": …, …}
//   GET  /__sim/<part>  the part as it is now
//   POST /__sim/<part>  a JSON object; the answer is the part as it is afterwards
//
// A part is `{ read?, change? }`. If `change` throws, the answer is 400 with the message.
import { readBody, Refusal, sendJson } from './answer.mjs';
import { corsHeaders, namesLoopback } from './loopback.mjs';

const PREFIX = '/__sim';

/** Whether a request is meant for the controls. */
export function isControl(url) {
  return url.pathname === PREFIX || url.pathname.startsWith(`${PREFIX}/`);
}

/** Answers a control request. */
export async function answerControl({ name, origin, controls }, req, res, url) {
  if (!namesLoopback(req)) throw new Refusal(421, 'not_loopback', 'the controls answer to loopback hosts only');
  const cors = corsHeaders(req);
  const send = (status, body) => sendJson(res, status, body, { connection: 'close', ...cors });
  if (req.method === 'OPTIONS') return res.writeHead(204, cors).end();

  const part = url.pathname.slice(PREFIX.length + 1);
  if (part === '') {
    const parts = Object.entries(controls).filter(([, control]) => control.read);
    return send(200, {
      name,
      url: origin,
      ...Object.fromEntries(parts.map(([key, control]) => [key, control.read()])),
    });
  }
  const control = Object.hasOwn(controls, part) ? controls[part] : undefined;
  if (!control) return send(404, { error: 'part_unknown', message: `there are: ${Object.keys(controls).join(', ')}` });
  if (req.method === 'GET' && control.read) return send(200, control.read());
  if (req.method !== 'POST' || !control.change)
    return send(405, { error: 'method_not_allowed', message: `${req.method} ${part}` });

  try {
    return send(200, await control.change(await jsonObject(req)));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return send(400, { error: 'control_refused', message: error.message });
  }
}

async function jsonObject(req) {
  const text = (await readBody(req)).toString();
  const value = JSON.parse(text === '' ? '{}' : text);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Error('the body must be a JSON object');
  return value;
}
