import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { catalogueEntryNamed } from '../core/catalogue.ts';
import { PortalError } from '../core/portal-error.ts';
import type { LimitedScope } from '../sessions/scope-limits.ts';
import { callerOf } from './caller.ts';
import type { CompatPorts } from './ports.ts';
import { readFirst } from './read-first.ts';

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
    readFirst(app, ports.tenants);
    app.get(
      '/v3/admin/infrastructure/:plan',
      { config: { ...ADMINISTRATORS.config, activity: false }, schema: { params: planParams } },
      async ({ params: { plan } }) => {
        const at = await infrastructure(plan, 'also gone');
        return { Name: at.scope.id, Cloud: 0, EnableK8Cluster: true, CustomData: await rowsOf(at) };
      },
    );

    app.post(
      '/adminproxy/UpdateInfrastructureCustomData/:plan',
      { ...ADMINISTRATORS, schema: { params: planParams, body: customDataBody } },
      async (request) => {
        const { Key: key, Value: value, State: state } = request.body;
        const by = callerOf(request).user.username;
        const at = await infrastructure(request.params.plan, state === 'delete' ? 'also gone' : 'there');
        if (state !== 'delete') await scopeLimits.set(at, asNamed(key), value, by, request.ip);
        // Deleted twice is deleted.
        else if (await isSet(at, key)) await scopeLimits.remove(at, key, by, request.ip);
        return null;
      },
    );

    const metadata = '/v3/admin/tenant/:id/metadata';
    app.get(
      metadata,
      { config: { ...ADMINISTRATORS.config, activity: false }, schema: { params: tenantParams } },
      async ({ params: { id } }) => rowsOf(tenant(id)),
    );

    app.post(metadata, { ...ADMINISTRATORS, schema: { params: tenantParams, body: rowBody } }, async (request) => {
      const { Key: key, Value: value } = request.body;
      const at = tenant(request.params.id);
      await scopeLimits.set(at, asNamed(key), value, callerOf(request).user.username, request.ip);
      return { Key: key, Value: value };
    });

    // The rest of the path, since some clients leave a slash in a key as it is.
    app.get(
      `${metadata}/*`,
      { config: { ...ADMINISTRATORS.config, activity: false }, schema: { params: rowParams } },
      async ({ params }) => row(tenant(params.id), params['*']),
    );

    app.delete(`${metadata}/*`, { ...ADMINISTRATORS, schema: { params: rowParams } }, async (request) => {
      const at = tenant(request.params.id);
      const { Key: key } = await row(at, request.params['*']);
      await scopeLimits.remove(at, key, callerOf(request).user.username, request.ip);
      return null;
    });
    done();
  };

  /** A cluster that is gone may still have limits, which would bind again if it came back. */
  async function infrastructure(plan: string, which: 'there' | 'also gone'): Promise<LimitedScope> {
    const cluster = { kind: 'cluster', id: plan } as const;
    const there = ports.clusters.find(plan) === undefined ? null : { scope: cluster, within: [] };
    const at = there ?? (which === 'there' ? null : await scopeLimits.findLimited(cluster));
    if (at === null) throw new PortalError('not-found', `There is no cluster ${plan}, and so no such infrastructure.`);
    return at;
  }

  function tenant(id: string): LimitedScope {
    const { name, clusterId } = ports.tenants.require(id);
    return { scope: { kind: 'tenant', id, name }, within: [{ kind: 'cluster', id: clusterId }] };
  }

  async function rowsOf(at: LimitedScope): Promise<LimitRow[]> {
    const states = await scopeLimits.list(at);
    return states.flatMap(({ set }) => (set === null ? [] : [limitRow(set)]));
  }

  async function isSet(at: LimitedScope, key: string): Promise<boolean> {
    return (await rowsOf(at)).some(({ Key }) => Key === key);
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
