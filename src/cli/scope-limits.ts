import { describeMinutes, describeScope } from '../core/explain.ts';
import { PortalError } from '../core/portal-error.ts';
import { scopeLimitListSchema, scopeLimitSchema } from '../wire/scope-limit.ts';
import type { ScopeLimitView } from '../wire/scope-limit.ts';
import { configPreviewResultSchema } from '../wire/system-config.ts';
import { confirm } from './config.ts';
import type { ChangeOptions } from './config.ts';
import { PortalClient } from './portal-client.ts';
import type { Surroundings } from './surroundings.ts';
import { table } from './words.ts';

// `curfew config` with --cluster or --tenant: the limits of one cluster or tenant. The names are those of `config.ts`.

export interface ScopeOptions extends ChangeOptions {
  readonly cluster?: string;
  readonly tenant?: string;
}

export async function listConfig(options: ScopeOptions, around: Surroundings): Promise<void> {
  const list = await limitsOf(options, around).read();
  if (options.json === true) return around.print(JSON.stringify(list, null, 2));
  const lines = list.items.map((limit) => [limit.key, limit.value?.toString() ?? '-', wordsOf(limit), limit.label]);
  around.print(table(['KEY', 'VALUE', 'HOLDS', 'LABEL'], lines));
}

/** The value that holds there, whichever scope it is of. @throws PortalError `not-found` */
export async function getConfig(key: string, options: ScopeOptions, around: Surroundings): Promise<void> {
  const { items } = await limitsOf(options, around).read();
  const limit = items.find((each) => each.key === key || each.label === key);
  if (limit === undefined) throw new PortalError('not-found', `There is no limit ${key} of a cluster or a tenant.`);
  around.print(options.json === true ? JSON.stringify(limit) : `${limit.holds?.value ?? 0}`);
}

export async function setConfig(
  key: string,
  value: string,
  options: ScopeOptions,
  around: Surroundings,
): Promise<void> {
  const limits = limitsOf(options, around);
  await confirm(await limits.preview(key, value), options, around);
  const set = await limits.write('PUT', key, { value });
  around.print(
    options.json === true
      ? JSON.stringify(set, null, 2)
      : `${set.key} there is ${set.value}; what holds: ${wordsOf(set)}.`,
  );
}

export async function unsetConfig(key: string, options: ScopeOptions, around: Surroundings): Promise<void> {
  const gone = await limitsOf(options, around).write('DELETE', key);
  around.print(
    options.json === true ? JSON.stringify(gone) : `${gone.key} is gone there; what holds: ${wordsOf(gone)}.`,
  );
}

/** @throws PortalError `invalid-request` where both are given */
function limitsOf(options: ScopeOptions, { signIns }: Surroundings) {
  const { cluster, tenant, server } = options;
  if (cluster !== undefined && tenant !== undefined)
    throw new PortalError('invalid-request', 'Give --cluster or --tenant, not both.');
  const portal = new PortalClient(signIns.require(server));
  const [kind, id] = cluster === undefined ? ['tenants', tenant ?? ''] : ['clusters', cluster];
  const path = `/api/${kind}/${encodeURIComponent(id)}/limits`;
  return {
    read: async () => scopeLimitListSchema.parse(await portal.send('GET', path)),
    preview: async (key: string, value: string) =>
      configPreviewResultSchema.parse(await portal.send('POST', `${path}/preview`, { key, value })),
    write: async (method: 'PUT' | 'DELETE', key: string, body?: object) =>
      scopeLimitSchema.parse(await portal.send(method, `${path}/${encodeURIComponent(key)}`, body)),
  };
}

/** What holds for sessions that start there: `10 minutes, the limit of the cluster local`. */
function wordsOf({ holds }: ScopeLimitView): string {
  if (holds === null) return 'off';
  return `${describeMinutes(holds.value)}, the limit of ${describeScope(holds.scope)}`;
}
