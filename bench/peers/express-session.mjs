// express-session with Redis. Usage: node express-session.mjs PORT REDIS_PORT
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

const [port, redisPort] = process.argv.slice(2);
const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
await client.connect();
const app = express();
app.disable('x-powered-by').disable('etag');
app.use(
  session({
    secret: 'a secret',
    resave: false,
    saveUninitialized: false,
    // Without a write for each read: the quickest that it offers.
    store: new RedisStore({ client, disableTouch: true }),
    cookie: { httpOnly: true, sameSite: 'strict', maxAge: 8 * 3600_000 },
  }),
);
app.post('/sign-in', (request, response) => {
  request.session.user = { id: 'u1', username: 'bench' };
  response.status(204).end();
});
app.get('/api/session/check', (request, response) => {
  response.status(request.session.user === undefined ? 401 : 204).end();
});
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
