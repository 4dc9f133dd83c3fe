import type { UserStore } from '../identity/ports.ts';
import type { Tenants } from '../identity/tenants.ts';
import type { Users } from '../identity/users.ts';
import type { KubernetesCredentials } from '../sessions/kubernetes-credentials.ts';
import type { ScopeLimits } from '../sessions/scope-limits.ts';
import type { SystemConfig } from '../sessions/system-config.ts';

/** A cluster, which DuploCloud's clients know as a plan and as its infrastructure. */
export interface CompatCluster {
  readonly id: string;
  readonly version: string | null;
}

/** What the compatible API is given. It holds no rules: it calls the use cases that the portal's own API calls. */
export interface CompatPorts {
  readonly systemConfig: Pick<SystemConfig, 'list' | 'set' | 'delete'>;
  readonly scopeLimits: Pick<ScopeLimits, 'list' | 'findLimited' | 'inForce' | 'set' | 'remove'>;
  readonly users: Pick<Users, 'find' | 'create' | 'update' | 'delete'>;
  readonly tenants: Pick<
    Tenants,
    'load' | 'find' | 'require' | 'given' | 'mayEnter' | 'tenantsOf' | 'create' | 'remove' | 'giveAccess' | 'takeAccess'
  >;
  readonly store: Pick<UserStore, 'listAccounts'>;
  readonly clusters: { list(): CompatCluster[]; find(id: string): CompatCluster | undefined };
  readonly credentials: Pick<KubernetesCredentials, 'give'>;
  /** Where kubectl finds the gateway over TLS, and what authorities are to have signed its certificate. */
  gateway(): { readonly url: string; readonly caPem: string };
  readonly version: string;
}
