import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyPluginCallback } from 'fastify';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { AuditRecord } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import type { PortalError } from '../core/portal-error.ts';
import type { UpstreamDashboard } from '../core/upstream-dashboard.ts';
import type { LoginRequests } from '../identity/login-requests.ts';
import type { SignInPorts } from '../identity/sign-in.ts';
import type { Tenants } from '../identity/tenants.ts';
import type { Actor, Users } from '../identity/users.ts';
import type { UserStore } from '../identity/ports.ts';
import type { ApiTokens } from '../sessions/api-tokens.ts';
import type { KubernetesCredentials } from '../sessions/kubernetes-credentials.ts';
import type { ReplicaStore, SessionStore } from '../sessions/ports.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { LimitedScope, ScopeLimits } from '../sessions/scope-limits.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { SessionHandle } from '../sessions/stream.ts';
import type { MovableShells } from '../sessions/take-shells-along.ts';
import type { TokenNotices } from '../sessions/token-notices.ts';
import type { SystemConfig } from '../sessions/system-config.ts';
import type { ClusterView } from '../wire/cluster.ts';
import type { PodTerminal } from '../wire/dashboard.ts';
import type { TenantView } from '../wire/tenant.ts';

/** What begins with it is the gateway's. */
export const GATEWAY_PREFIX = '/k8s/';

/** Something that serves raw requests and upgrades, before any routing: the gateway. */
export interface RawHandler {
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** A cluster as the pages show it, without what is the caller's own. */
export type ClusterSummary = Omit<ClusterView, 'session' | 'shell' | 'checkedAt'> & { checkedAt: number | null };

export interface ClustersPort {
  list(): ClusterSummary[];
  find(id: string): ClusterSummary | undefined;
}

export interface ShellInfo {
  readonly id: string;
  /** The Kubernetes session that it belongs to now. */
  readonly session: SessionHandle;
  readonly clusterId: string;
  readonly portalSessionId: string;
  readonly startedAt: number;
}

/** The live terminals. A shell belongs to one Kubernetes session; only the portal session above it reaches it. */
export interface ShellsPort extends MovableShells {
  availability(): { available: boolean; reason: string | null };
  /** @throws PortalError `shell-unavailable`, `overloaded`, `session-ended` */
  open(session: SessionHandle, size: { cols: number; rows: number }): Promise<ShellInfo>;
  listOf(portalSessionId: string): ShellInfo[];
  find(id: string): ShellInfo | undefined;
  attach(id: string, socket: WebSocket, connection: Duplex): void;
  close(id: string): void;
}

/** The streams of pages that show a cluster. */
export interface DashboardsPort {
  attach(session: SessionHandle, socket: WebSocket, connection: Duplex): void;
  openTerminal(
    session: SessionHandle,
    what: PodTerminal,
    upgrade: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  ): void;
}

/** The dashboards that administrators registered. */
export interface UpstreamDashboardsPort {
  list(): UpstreamDashboard[];
  find(id: string): UpstreamDashboard | undefined;
  /** @throws PortalError `invalid-request`, `conflict` */
  register(dashboard: Omit<UpstreamDashboard, 'id' | 'createdAt'>, by: Actor): Promise<UpstreamDashboard>;
  /** @throws PortalError `not-found` */
  remove(id: string, by: Actor): Promise<void>;
}

/** Where the server is reached, and from where it accepts requests. */
export interface HttpSettings {
  readonly host: string;
  /** Where the listener without TLS listens: on loopback, unless TLS ends at a proxy in front. */
  readonly plainHost: string;
  readonly port: number;
  /** Null: no TLS listener. */
  readonly tls: { readonly port: number; files(): ListenerTls } | null;
  readonly publicUrl: URL | null;
  /** Addresses and networks whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: readonly string[];
  /** The ids of its shells begin with `sh-`, this name and `_`. */
  readonly replicaName: string;
  /** The built web UI. */
  readonly webRoot: string;
  /** Where the command line for users is, as one file. */
  readonly bundleRoot: string;
}

/** What the TLS listener shows; it may be renewed while the server runs. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  /** The CA that signed the certificate, for kubeconfigs; null where the system's CAs did. */
  readonly caPem: string | null;
}

export interface HttpPorts {
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sessions: Sessions;
  readonly systemConfig: SystemConfig;
  readonly scopeLimits: ScopeLimits;
  /** A cluster by its id, or a tenant by its id or name, as something that can have limits; null where there is none. */
  limitedScope(kind: 'cluster' | 'tenant', id: string): Promise<LimitedScope | null>;
  readonly signIn: SignInPorts;
  readonly loginRequests: LoginRequests;
  readonly users: Users;
  readonly tenants: Tenants;
  /** How far the namespace of a tenant is whose role bindings Curfew keeps. */
  tenantState(tenantId: string): TenantView['namespaceState'];
  readonly apiTokens: ApiTokens;
  readonly tokenNotices: TokenNotices;
  readonly store: Pick<SessionStore, 'listSessions' | 'countLivePortals'> &
    Pick<UserStore, 'listAccounts'> &
    Pick<ReplicaStore, 'listReplicas'> & {
      listAudit(query: {
        search: string;
        order?: 'asc' | 'desc';
        offset: number;
        limit: number;
      }): Promise<{ items: (AuditRecord & { id: number })[]; total: number }>;
      ping(): Promise<void>;
    };
  readonly clusters: ClustersPort;
  readonly shells: ShellsPort;
  readonly dashboards: DashboardsPort;
  readonly upstreamDashboards: UpstreamDashboardsPort;
  /** Lets the browser that asked enter one. @returns the one-time code @throws PortalError as `issueToken` does */
  agreeToEnter(session: LiveSession, dashboard: UpstreamDashboard, state: string, address: string): Promise<string>;
  /** What serves their hostnames. */
  readonly upstreamHosts: RawHandler & { serves(request: IncomingMessage): boolean };
  readonly credentials: Pick<KubernetesCredentials, 'give'>;
  readonly gateway: RawHandler;
  /** The API that DuploCloud's clients speak. */
  readonly compatibleApi: { readonly routes: FastifyPluginCallback; bodyOf(error: PortalError): object };
  writeKubeconfig(file: {
    clusterId: string;
    server: string;
    caPem: string | null;
    token: string;
    username: string;
    tenant?: { name: string; namespace: string };
  }): string;
  /** Whether this process is about to stop; `admitStream` then throws PortalError `unavailable`. */
  readonly drain: { isOn(): boolean; admitStream(): void };
  readonly metrics: { text(): Promise<string>; readonly contentType: string; countRefusal(code: string): void };
}
