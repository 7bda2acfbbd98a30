// Express, of the version that `express` names, as its documentation sets it up behind a proxy. `override` adds the
// package method-override, for each of the fields that it documents.
import methodOverride from 'method-override';
import { ready, settings, tell } from './telling.mjs';

const { default: express } = await import(settings.express ?? 'express');
const app = express();
app.set('trust proxy', true);
if (settings.override) {
  for (const field of ['X-HTTP-Method', 'X-HTTP-Method-Override', 'X-Method-Override'])
    app.use(methodOverride(field, { methods: ['GET', 'POST'] }));
}

const answer = (handler) => (req, res) => {
  const { method, originalUrl: path, hostname: host, protocol: scheme } = req;
  res.json(tell({ handler, method, path, host, scheme }, req));
};
for (const [handler, path] of Object.entries(settings.handlers)) app.all(path, answer(handler));
app.use((req, res) => {
  res.status(404);
  answer(null)(req, res);
});

const server = app.listen(0, '127.0.0.1', () => ready(server.address().port));
server.keepAliveTimeout = 60_000;
