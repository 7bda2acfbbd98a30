// The senses of the soak: the backend, which must notice everything, and the judgement of what is flat.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { listen, portOf } from '../../sim/listen.mjs';
import { Connection } from '../../soak/connection.mjs';
import { judgeValid } from '../../soak/judge.mjs';
import { judgeMemory } from '../../soak/memory.mjs';
import { Part } from '../../soak/part.mjs';
import { temporaryFolder } from '../../testing/temporary-folder.mjs';

describe('the backend', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'breaches');
  const backend = await Part.start('backend.mjs', { breaches: file });
  after(() => backend.end());
  const ask = (path, headers = {}) =>
    fetch(`http://127.0.0.1:${backend.state.port}${path}`, { headers }).then((answer) => answer.json());
  const breaches = () =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).fault)
      : [];

  it('tells what it has got', async () => {
    const answer = await ask('/orders?~valid~1', { 'x-verified-user': 'user-1' });
    assert.deepEqual([answer.mark, answer.identity], ['~valid~1', { 'x-verified-user': 'user-1' }]);
    assert.deepEqual(breaches(), []);
  });

  it('notes what should never have reached it, and still knows after it was killed', async () => {
    await ask('/orders?~hostile~2');
    await ask('/orders');
    await ask('/~valid~3/hidden');
    await ask('/orders?~valid~4', { 'x.verified.user': 'intruder' });
    await ask('/open/~open~5', { 'x-verified-user': 'user-1' });
    await ask('/orders?~valid~6', { authorization: 'Bearer a.b.c' });
    await backend.kill();
    const expected = [
      'a hostile request',
      'a request that nobody has sent',
      'a smuggled request',
      'an identity of the caller’s own',
      'an identity on a public route',
      'a credential',
    ];
    assert.deepEqual(breaches(), expected);
    await backend.restart();
    await ask('/orders?~valid~7');
    assert.deepEqual(breaches(), expected);
  });
});

it('the identity providers publish what they are told, from the first moment on', async (t) => {
  const issuer = await Part.start('issuer.mjs');
  t.after(() => issuer.end());
  const sets = Object.fromEntries(['mc', 'jtl', 'login'].map((kind) => [kind, { keys: [{ kid: kind }] }]));
  issuer.state.sets = sets;
  const urls = [`${issuer.state.urls.mc}/.well-known/jwks.json`, `${issuer.state.urls.jtl}/oauth/v2/keys`];
  const seen = [new Set(), new Set()];
  const look = () =>
    Promise.all(
      urls.map((url, index) =>
        fetch(url)
          .then((answer) => answer.text())
          .then(
            (text) => seen[index].add(text),
            () => {},
          ),
      ),
    );
  for (let times = 0; times < 3; times += 1) {
    await issuer.kill();
    let isUp = false;
    const up = issuer.restart().then(() => (isUp = true));
    while (!isUp) await look();
    await up;
  }
  await look();
  assert.deepEqual(
    seen.map((texts) => [...texts]),
    [[JSON.stringify(sets.mc)], [JSON.stringify(sets.login)]],
  );
});

it('an answer is right only where everything in it is', () => {
  const expected = { mark: '~valid~1', identity: { 'x-verified-user': 'user-1' } };
  const answer = (body, status = 200) => ({
    status,
    headers: 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n',
    body: JSON.stringify(body),
  });
  assert.equal(judgeValid(answer(expected), expected).verdict, 'right');
  assert.equal(judgeValid(answer({ ...expected, mark: '~valid~2' }), expected).verdict, 'wrong');
  assert.equal(
    judgeValid(answer({ ...expected, identity: { 'x-verified-user': 'user-2' } }), expected).verdict,
    'wrong',
  );
  assert.deepEqual(judgeValid(answer({}, 503), expected), { verdict: 'refused', code: 503 });
});

describe('memory', () => {
  const samples = (count, mebibytes) =>
    Array.from({ length: count }, (_, seconds) => ({ seconds, mebibytes: mebibytes(seconds) }));

  it('is flat where it rises only at first, and goes up and down', () => {
    const { flat, enough, first, perMinute } = judgeMemory(
      samples(900, (seconds) => Math.min(400, 100 + 10 * seconds) + 30 * (seconds % 2)),
    );
    assert.deepEqual([flat, enough], [true, true]);
    assert.ok(first >= 400 && first <= 430);
    assert.ok(Math.abs(perMinute) < 1);
  });

  it('is not flat where it grows all the time', () => {
    const { flat, perMinute } = judgeMemory(samples(900, (seconds) => 200 + 0.2 * seconds));
    assert.equal(flat, false);
    assert.ok(Math.abs(perMinute - 12) < 0.01);
  });

  it('is not judged after a moment', () => {
    assert.equal(judgeMemory(samples(8, () => 100)).enough, false);
  });
});

describe('a connection', async () => {
  const server = http.createServer((req, res) => (req.url === '/cut' ? req.socket.destroy() : res.end(req.url)));
  await listen(server);
  const port = portOf(server);
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const get = (path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

  it('serves one request after the other, quickly or slowly', async () => {
    const connection = await Connection.open(port);
    assert.equal((await connection.ask(get('/1'))).body, '/1');
    assert.equal((await connection.askSlowly('', get('/2'), 1)).body, '/2');
    assert.ok(connection.isOpen);
    connection.close();
    await assert.rejects(connection.ask(get('/3')), { code: 'connection broken' });
  });

  it('says why there is no answer', async () => {
    const connection = await Connection.open(port);
    await assert.rejects(connection.ask(get('/cut')), { code: 'connection broken' });
    const closed = http.createServer();
    await listen(closed);
    const free = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    await assert.rejects(Connection.open(free), { code: 'connection refused' });
  });
});
