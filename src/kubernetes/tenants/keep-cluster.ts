import { z } from 'zod';
import { PortalError } from '../../core/portal-error.ts';
import { tenantGroup } from '../../core/tenant.ts';
import type { Tenant } from '../../core/tenant.ts';
import { ApiError, unlessMissing } from '../clusters/own-api.ts';
import type { OwnApi } from '../clusters/own-api.ts';
import { LABEL_SELECTOR, bindingSchema, bindingsOf, differenceOf, isMadeBy, placeOf } from './role-binding.ts';
import type { FoundBinding, WantedBinding } from './role-binding.ts';

/** How far a tenant's namespace is, with a sentence for people. */
export interface TenantState {
  readonly state: 'ready' | 'pending' | 'failed';
  readonly sentence: string;
}

export interface KeepParts {
  readonly api: OwnApi;
  /** This portal, as its role bindings name it. */
  readonly portalId: string;
  readonly clusterId: string;
  /** The tenants of all clusters, as they are stored now: another id may be the same API server. */
  listTenants(): Promise<readonly Tenant[]>;
  /** Something was changed in the cluster. @param sentence for people */
  did(sentence: string): void;
  /** What a former tenant had could not be taken away. */
  failed(error: ApiError): void;
}

export interface KeptCluster {
  readonly states: ReadonlyMap<string, TenantState>;
  /** Whether nothing of this portal's is left of tenants that are gone. */
  readonly isClean: boolean;
}

/** Somebody else may change the same at once, another replica for example; it is looked at again then. */
const TRIES = 3;
const GUIDE = '(guide: Tenants in the cluster)';
const listSchema = z.object({ items: z.array(bindingSchema) });

/** Why a tenant is not ready. */
class NotReady extends Error {
  override readonly name = 'NotReady';
  readonly state: 'pending' | 'failed';

  constructor(state: 'pending' | 'failed', sentence: string) {
    super(sentence);
    this.state = state;
  }
}

/**
 * Makes the namespaces and role bindings of all tenants of a cluster what they have to be, and takes away the role
 * bindings of tenants that are gone. What has no label of Curfew's is left alone, and so are namespaces of former tenants.
 */
export async function keepCluster(parts: KeepParts): Promise<KeptCluster> {
  // In this order: what was made for a tenant meanwhile is not in the list, so it is not taken for a leftover.
  const listed = await listBindings(parts.api);
  const all = await parts.listTenants();
  const tenants = all.filter(({ clusterId }) => clusterId === parts.clusterId);
  const isClean = !(listed instanceof NotReady) && (await removeLeftovers(parts, all, listed));
  const states = new Map<string, TenantState>();
  for (const tenant of tenants) {
    states.set(tenant.id, await stateOf(listed instanceof NotReady ? listed : keepTenant(parts, tenant, listed)));
  }
  return { states, isClean };
}

/** @returns whether all of them are gone */
async function removeLeftovers(
  { api, portalId, did, failed }: KeepParts,
  tenants: readonly Tenant[],
  listed: readonly FoundBinding[],
): Promise<boolean> {
  const wanted = tenants.flatMap((tenant) => bindingsOf(tenant, portalId));
  const places = new Set(wanted.map((each) => placeOf(each)));
  let isClean = true;
  for (const leftover of listed.filter((found) => isMadeBy(found, portalId) && !places.has(placeOf(found)))) {
    try {
      await remove(api, leftover);
      did(`The role binding ${placeOf(leftover)}, which no tenant needs any more, was taken away.`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      isClean = false;
      failed(error);
    }
  }
  return isClean;
}

async function listBindings(api: OwnApi): Promise<FoundBinding[] | NotReady> {
  try {
    return listSchema.parse(await api.call('GET', `${bindingsPath(null)}?labelSelector=${LABEL_SELECTOR}`)).items;
  } catch (error) {
    return notReady(error);
  }
}

async function stateOf(keeping: NotReady | Promise<string>): Promise<TenantState> {
  try {
    if (keeping instanceof NotReady) throw keeping;
    return { state: 'ready', sentence: await keeping };
  } catch (error) {
    const { state, message } = error instanceof NotReady ? error : notReady(error);
    return { state, sentence: message };
  }
}

/** @returns what to say of a tenant that is ready @throws NotReady, ApiError */
async function keepTenant(parts: KeepParts, tenant: Tenant, listed: readonly FoundBinding[]): Promise<string> {
  const { api, portalId } = parts;
  const wanted = bindingsOf(tenant, portalId);
  for (const binding of wanted) {
    await keepBinding(parts, binding, listed.find((found) => placeOf(found) === placeOf(binding)) ?? null);
  }
  if (wanted.length === 0) await makeMissingNamespace(parts, tenant.namespace);
  const [full, readOnly] = [tenantGroup(tenant.id, 'full'), tenantGroup(tenant.id, 'read-only')];
  await requireImpersonation(api, [full, readOnly]);
  const { namespace } = tenant;
  if (wanted.length > 0) return `Curfew keeps its role bindings in the namespace ${namespace}: edit, and view to read.`;
  return `Its role bindings in the namespace ${namespace} are yours: bind the groups ${full} and ${readOnly}.`;
}

/** A credential that may not act for the groups would be refused whatever somebody asks there. */
async function requireImpersonation(api: OwnApi, groups: readonly string[]): Promise<void> {
  for (const name of groups) {
    if (await api.mayI({ verb: 'impersonate', group: '', resource: 'groups', name })) continue;
    throw new NotReady('failed', `Curfew’s credential may not impersonate the group ${name}. Allow it ${GUIDE}.`);
  }
}

async function keepBinding(parts: KeepParts, wanted: WantedBinding, found: FoundBinding | null): Promise<void> {
  let current = found;
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await settle(parts, wanted, current);
    } catch (error) {
      if (!isConflict(error)) throw error;
      current = await readBinding(parts.api, wanted);
    }
  }
  throw new NotReady('pending', `Something else keeps changing the role binding ${placeOf(wanted)}.`);
}

async function settle(parts: KeepParts, wanted: WantedBinding, found: FoundBinding | null): Promise<void> {
  const { api, did } = parts;
  if (found === null) return create(parts, wanted);
  switch (differenceOf(found, wanted)) {
    case 'none':
      return;
    case 'foreign': {
      const place = placeOf(wanted);
      throw new NotReady(
        'failed',
        `The role binding ${place} is not Curfew’s: its labels say so. Delete or rename it.`,
      );
    }
    case 'replace': {
      const { resourceVersion } = found.metadata;
      const metadata = { ...wanted.metadata, resourceVersion };
      await api.call('PUT', pathOf(wanted), { ...wanted, metadata });
      did(`The role binding ${placeOf(wanted)}, which ${describeSubjects(found)}, was put right.`);
      return;
    }
    case 'remake':
      await remove(api, found);
      did(`The role binding ${placeOf(wanted)}, which was to ${found.roleRef.name}, was taken away.`);
      return create(parts, wanted);
  }
}

async function create({ api, did }: KeepParts, wanted: WantedBinding): Promise<void> {
  const { namespace } = wanted.metadata;
  const post = (): Promise<unknown> => api.call('POST', bindingsPath(namespace), wanted);
  if ((await unlessMissing(post())) === null) {
    await createNamespace(api, namespace);
    did(`The namespace ${namespace} was made.`);
    await post();
  }
  did(`The role binding ${placeOf(wanted)} to ${wanted.roleRef.name} was made.`);
}

/** Where its own rights let Curfew look. */
async function makeMissingNamespace({ api, did }: KeepParts, name: string): Promise<void> {
  try {
    if ((await unlessMissing(api.call('GET', `/api/v1/namespaces/${name}`))) !== null) return;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return;
    throw error;
  }
  await createNamespace(api, name);
  did(`The namespace ${name} was made.`);
}

function describeSubjects({ subjects }: FoundBinding): string {
  return subjects.length === 0
    ? 'had no subject'
    : `had ${subjects.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
}

/** Without privileged pods: whoever may make one is more than what a namespace holds. */
async function createNamespace(api: OwnApi, name: string): Promise<void> {
  const metadata = { name, labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } };
  try {
    await api.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Somebody else was faster.
    if (error.status === 409) return;
    if (error.status !== 403) throw error;
    throw new NotReady(
      'failed',
      `There is no namespace ${name}, and Curfew may not make it (${error.message}). Make it, or allow Curfew to ${GUIDE}.`,
    );
  }
}

/** Exactly the one that was seen: not one that somebody has made or changed since. */
async function remove(api: OwnApi, found: FoundBinding): Promise<void> {
  const { uid, resourceVersion } = found.metadata;
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
  await unlessMissing(api.call('DELETE', pathOf(found), options));
}

async function readBinding(api: OwnApi, wanted: WantedBinding): Promise<FoundBinding | null> {
  const answer = await unlessMissing(api.call('GET', pathOf(wanted)));
  return answer === null ? null : bindingSchema.parse(answer);
}

function bindingsPath(namespace: string | null): string {
  const where = namespace === null ? '' : `/namespaces/${namespace}`;
  return `/apis/rbac.authorization.k8s.io/v1${where}/rolebindings`;
}

function pathOf({ metadata: { namespace, name } }: FoundBinding | WantedBinding): string {
  return `${bindingsPath(namespace)}/${name}`;
}

/** It is there already, was changed meanwhile, or is gone meanwhile. */
function isConflict(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 404);
}

function notReady(error: unknown): NotReady {
  if (error instanceof PortalError) return new NotReady('failed', error.message);
  if (!(error instanceof ApiError)) throw error;
  const { status, message, causes } = error;
  if (causes.includes('NamespaceTerminating')) {
    return new NotReady('pending', 'Its namespace is being deleted; Curfew makes it again once it is gone.');
  }
  if (status === 0) return new NotReady('failed', `The cluster cannot be asked: ${message}.`);
  if (status !== 403) return new NotReady('failed', `The cluster refused what the tenant needs: ${message}.`);
  return new NotReady('failed', `Curfew’s credential may not do what the tenant needs: ${message}. Allow it ${GUIDE}.`);
}
