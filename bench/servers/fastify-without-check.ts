import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import Fastify from 'fastify';

// The Fastify of the portal, answering without looking at who asks; bare, or with what the portal adds to every answer.
// Usage: node fastify-without-check.ts PORT [plugins]
const [port, plugins] = process.argv.slice(2);
const app = Fastify();
if (plugins === 'plugins') {
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { 'default-src': ["'self'"] } },
    hsts: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('cache-control', 'no-store');
    done();
  });
}
app.get('/api/session/check', (_request, reply) => {
  void reply.code(204).send();
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
console.log('ready');
