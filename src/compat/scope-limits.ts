import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { catalogueEntryNamed } from '../core/catalogue.ts';
import { PortalError } from '../core/portal-error.ts';
import type { LimitedScope } from '../sessions/scope-limits.ts';
import { callerOf } from './caller.ts';
import type { CompatPorts } from './ports.ts';

const ADMINISTRATORS = { config: { access: 'administrator' } } as const;
const keyField = z.string().min(1, 'give a Key').max(256);
/** Terraform leaves out a Value that is empty. */
const rowBody = z.object({ Key: keyField, Value: z.string().max(4096).default('') });
const customDataBody = rowBody.extend({ State: z.enum(['delete'], 'State is delete, or left out').nullish() });
const planParams = z.object({ plan: z.string().max(256) });
const tenantParams = z.object({ id: z.string().max(64) });
const rowParams = tenantParams.extend({ '*': z.string().max(256) });

/** The custom data of an infrastructure and the metadata of a tenant: the limits that are set for them. */
export function scopeLimitsRoutes(ports: CompatPorts): FastifyPluginCallbackZod {
  const { scopeLimits } = ports;

  return (app, _options, done) => {
    app.get(
      '/v3/admin/infrastructure/:plan',
      { config: { ...ADMINISTRATORS.config, activity: false }, schema: { params: planParams } },
      async ({ params: { plan } }) => {
        const at = await infrastructure(plan);
        return { Name: at.scope.id, Cloud: 0, EnableK8Cluster: true, CustomData: await rowsOf(at) };
      },
    );

    app.post(
      '/adminproxy/UpdateInfrastructureCustomData/:plan',
      { ...ADMINISTRATORS, schema: { params: planParams, body: customDataBody } },
      async (request) => {
        const { Key: key, Value: value, State: state } = request.body;
        const at = await infrastructure(request.params.plan);
        const by = callerOf(request).user.username;
        if (state === 'delete') await scopeLimits.remove(at, asNamed(key), by, request.ip);
        else await scopeLimits.set(at, asNamed(key), value, by, request.ip);
        return null;
      },
    );

    const metadata = '/v3/admin/tenant/:id/metadata';
    app.get(
      metadata,
      { config: { ...ADMINISTRATORS.config, activity: false }, schema: { params: tenantParams } },
      async ({ params: { id } }) => rowsOf(await tenant(id)),
    );

    app.post(metadata, { ...ADMINISTRATORS, schema: { params: tenantParams, body: rowBody } }, async (request) => {
      const { Key: key, Value: value } = request.body;
      const at = await tenant(request.params.id);
      await scopeLimits.set(at, asNamed(key), value, callerOf(request).user.username, request.ip);
      return row(at, key);
    });

    // The rest of the path, since some clients leave a slash in a key as it is.
    app.get(
      `${metadata}/*`,
      { config: { ...ADMINISTRATORS.config, activity: false }, schema: { params: rowParams } },
      async ({ params }) => row(await tenant(params.id), params['*']),
    );

    app.delete(`${metadata}/*`, { ...ADMINISTRATORS, schema: { params: rowParams } }, async (request) => {
      const at = await tenant(request.params.id);
      await scopeLimits.remove(at, asNamed(request.params['*']), callerOf(request).user.username, request.ip);
      return null;
    });
    done();
  };

  async function infrastructure(plan: string): Promise<LimitedScope> {
    const at = await ports.limitedScope('cluster', plan);
    if (at === null) throw new PortalError('not-found', `There is no cluster ${plan}, and so no such infrastructure.`);
    return at;
  }

  async function tenant(id: string): Promise<LimitedScope> {
    const at = await ports.limitedScope('tenant', id);
    if (at === null) throw new PortalError('not-found', 'There is no such tenant.');
    return at;
  }

  async function rowsOf(at: LimitedScope): Promise<LimitRow[]> {
    const states = await scopeLimits.list(at);
    return states.flatMap(({ set }) => (set === null ? [] : [limitRow(set)]));
  }

  async function row(at: LimitedScope, key: string): Promise<LimitRow> {
    const found = (await rowsOf(at)).find(({ Key }) => Key === key);
    if (found === undefined) throw new PortalError('not-found', `Nothing is set here for the key ${key}.`);
    return found;
  }
}

export interface LimitRow {
  readonly Key: string;
  readonly Value: string;
}

export function limitRow({ key, minutes }: { readonly key: string; readonly minutes: number }): LimitRow {
  return { Key: key, Value: `${minutes}` };
}

/**
 * A key as it is stored: what a client gave as a label it would look for in vain.
 *
 * @throws PortalError `invalid-request`
 */
function asNamed(key: string): string {
  const stored = catalogueEntryNamed(key)?.key ?? key;
  if (stored !== key) throw new PortalError('invalid-request', `Give ${stored}, which is the key of ${key}.`);
  return key;
}
