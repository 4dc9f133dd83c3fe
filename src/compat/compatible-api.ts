import type { FastifyPluginCallback } from 'fastify';
import { PortalError } from '../core/portal-error.ts';
import { featuresRoutes } from './features.ts';
import type { CompatPorts } from './ports.ts';
import { systemSettingsRoutes } from './system-settings.ts';

/** What of it is no page of the web UI; those begin with `/admin/` too, and then with a small letter. */
const UNKNOWN = ['/v2/*', '/v3/*', '/adminproxy/*', '/subscriptions/*', '/admin/:call(^[A-Z].*$)'];

/**
 * The API that DuploCloud's clients speak: its Terraform provider, duploctl and duplo-jit (docs/guide/duplocloud.md says
 * which calls). Names are theirs, in PascalCase.
 */
export function compatibleApi(ports: CompatPorts): CompatibleApi {
  return { routes: routesOf(ports), bodyOf: ({ message }) => ({ Message: message }) };
}

export interface CompatibleApi {
  readonly routes: FastifyPluginCallback;
  /** How its clients read a refusal, which they print. */
  bodyOf(error: PortalError): object;
}

function routesOf(ports: CompatPorts): FastifyPluginCallback {
  return (app, _options, done) => {
    app.addHook('onRoute', (route) => {
      route.schema = { ...route.schema, hide: true };
    });
    app.addHook('onSend', (_request, reply, _payload, sent) => {
      void reply.header('cache-control', 'no-store');
      sent();
    });
    app.register(systemSettingsRoutes(ports));
    app.register(featuresRoutes(ports));
    for (const url of UNKNOWN) {
      // Signed in first: to a client with an expired token, 404 would mean that what it manages is gone.
      app.all(url, { config: { access: 'user', activity: false } }, (request) => {
        const path = request.url.split('?')[0] ?? '';
        throw new PortalError('not-found', `Curfew does not have ${request.method} ${path}.`);
      });
    }
    done();
  };
}
