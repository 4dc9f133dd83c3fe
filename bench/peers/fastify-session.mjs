// @fastify/session, in memory or with Redis. Usage: node fastify-session.mjs PORT [REDIS_PORT]
import cookie from '@fastify/cookie';
import session from '@fastify/session';
import { RedisStore } from 'connect-redis';
import Fastify from 'fastify';
import { createClient } from 'redis';

const [port, redisPort] = process.argv.slice(2);
const app = Fastify();
await app.register(cookie);
await app.register(session, {
  secret: 'a secret that is long enough for @fastify/session',
  cookie: { secure: false, httpOnly: true, sameSite: 'strict', maxAge: 8 * 3600_000 },
  saveUninitialized: false,
  // Reading a session neither writes it nor sends the cookie again: the quickest that it offers.
  rolling: false,
  ...(redisPort !== undefined && { store: await openRedis() }),
});
app.post('/sign-in', (request, reply) => {
  request.session.set('user', { id: 'u1', username: 'bench' });
  void reply.code(204).send();
});
app.get('/api/session/check', (request, reply) => {
  void reply.code(request.session.get('user') === undefined ? 401 : 204).send();
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
console.log('ready');

async function openRedis() {
  const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  await client.connect();
  return new RedisStore({ client });
}
