import type { FastifyPluginCallback } from 'fastify';
import { PortalError } from '../core/portal-error.ts';
import { featuresRoutes } from './features.ts';
import type { CompatPorts } from './ports.ts';
import { plansRoutes } from './plans.ts';
import { scopeLimitsRoutes } from './scope-limits.ts';
import { systemSettingsRoutes } from './system-settings.ts';
import { tenantAccessRoutes } from './tenant-access.ts';
import { tenantsRoutes } from './tenants.ts';
import { usersRoutes } from './users.ts';

/** What of it is no page of the web UI; those begin with `/admin/` too, and then with a small letter. */
const UNKNOWN = [
  ...['/v2/*', '/v3/*', '/adminproxy/*', '/subscriptions/*'],
  ...['/admin/:call(^[A-Z].*$)', '/admin/:call(^[A-Z].*$)/*'],
];

/**
 * The API that DuploCloud's clients speak: its Terraform provider, duploctl and duplo-jit (docs/guide/duplocloud.md says
 * which calls). Names are theirs, in PascalCase.
 */
export function compatibleApi(ports: CompatPorts): CompatibleApi {
  return { routes: routesOf(ports), bodyOf: (error) => ({ Message: messageOf(error) }) };
}

export interface CompatibleApi {
  readonly routes: FastifyPluginCallback;
  /** How its clients read a refusal, which they print. */
  bodyOf(error: PortalError): object;
}

/** A client has no password to confirm: it needs another token. */
function messageOf({ code, message }: PortalError): string {
  if (code !== 'recent-authentication-required') return message;
  return (
    'This needs a token of a sign-in that is at most ten minutes old: sign in to the portal again, make a new ' +
    'API token there, and use that.'
  );
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
    app.register(scopeLimitsRoutes(ports));
    app.register(featuresRoutes(ports));
    app.register(plansRoutes(ports));
    app.register(usersRoutes(ports));
    app.register(tenantsRoutes(ports));
    app.register(tenantAccessRoutes(ports));
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
