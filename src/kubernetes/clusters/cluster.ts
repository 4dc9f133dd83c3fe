import type { ClientRequest } from 'node:http';
import type { Dispatcher } from 'undici';
import type { WebSocket } from 'ws';

/** Where a cluster was found. */
export type ClusterSource = 'kubeconfig' | 'in-cluster' | 'local';

/** How to reach a cluster and as whom: a kubeconfig context, read and checked. Holds secrets; never logged. */
export interface ClusterDefinition {
  /** The context's name, or what the cluster is called. */
  readonly name: string;
  readonly source: ClusterSource;
  /** `https://host:port`, perhaps with a path below which the API lies. */
  readonly server: URL;
  readonly tls: ClusterTls;
  readonly credential: CredentialSource;
}

export interface ClusterTls {
  /** PEM; null trusts the system's authorities. */
  readonly ca: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  /** The name that the certificate must carry, where it is not the server's. */
  readonly serverName: string | null;
  readonly insecure: boolean;
}

/** What Curfew presents to the cluster beside (or instead of) a client certificate. */
export type CredentialSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'exec'; readonly exec: ExecPlugin };

/** An exec credential plugin, as client.authentication.k8s.io describes it. */
export interface ExecPlugin {
  readonly apiVersion: 'client.authentication.k8s.io/v1' | 'client.authentication.k8s.io/v1beta1';
  /** A path, absolute where the kubeconfig has one relative to itself, or a name to look up in PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string | null;
  /** What `provideClusterInfo` asks to be told; null where it does not. */
  readonly clusterInfo: Readonly<Record<string, unknown>> | null;
}

/** An open way to a cluster with the credential that is valid now. Ask for it anew for each request. */
export interface Connection {
  /** `https://host:port` */
  readonly origin: string;
  /** The server's path, without a slash at its end; goes before each API path. */
  readonly basePath: string;
  readonly dispatcher: Dispatcher;
  /** Where watches go: over HTTP/2, where the server speaks it. */
  watchDispatcher(): Dispatcher;
  /** The `Authorization` header of the cluster's own credential; null where a client certificate is all. */
  readonly authorization: string | null;
  /** Begins a request on a connection of its own that wants to become a tunnel. Not yet sent: call `end()`. */
  startUpgrade(method: string, path: string, headers: readonly string[]): ClientRequest;
  /** Opens a websocket as Curfew itself, for no user. @param path below `basePath` */
  openWebSocket(path: string, protocol: string): WebSocket;
}

/** A cluster that can be reached. */
export interface Cluster {
  readonly id: string;
  readonly name: string;
  readonly source: ClusterSource;
  /**
   * At once where the credential is at hand, else as soon as it has been fetched.
   *
   * @throws PortalError `cluster-unavailable` where the credential cannot be had
   */
  connect(): Connection | Promise<Connection>;
  /** To be told when the cluster answered 401: the next `connect` fetches a new credential. */
  forgetCredential(): void;
}

/** What the last health check saw. */
export interface ClusterHealth {
  /** `starting` until it has been checked once; `failed` where its definition is of no use. */
  readonly state: 'starting' | 'ready' | 'unreachable' | 'failed';
  readonly version: string | null;
  /** Why it is not ready, in plain words. */
  readonly message: string | null;
  readonly checkedAt: number | null;
}

/** A cluster as lists show it. */
export interface ClusterEntry {
  readonly id: string;
  readonly name: string;
  readonly source: ClusterSource;
  readonly health: ClusterHealth;
}
