import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { ClusterDefinition, ClusterTls, CredentialSource, ExecPlugin } from './cluster.ts';
import { messageOf } from './error-code.ts';
import type { MergedKubeconfig } from './kubeconfig-file.ts';
import type { KubeconfigCluster, KubeconfigExec, KubeconfigUser } from './kubeconfig-schema.ts';

/** What is wrong with a context, as a sentence for the Clusters page. */
export class ContextProblem extends Error {
  override readonly name = 'ContextProblem';
}

/**
 * One context as a definition; files that it names are read.
 *
 * @throws ContextProblem where it cannot be used
 */
export function defineContext(kubeconfig: MergedKubeconfig, name: string): ClusterDefinition {
  const context = kubeconfig.contexts.get(name);
  const cluster = kubeconfig.clusters.get(context?.cluster ?? '');
  const user = kubeconfig.users.get(context?.user ?? '');
  if (cluster === undefined) throw new ContextProblem(`The kubeconfig has no cluster “${context?.cluster}”.`);
  if (user === undefined) throw new ContextProblem(`The kubeconfig has no user “${context?.user}”.`);
  const server = readServer(cluster.entry);
  return {
    name,
    source: 'kubeconfig',
    server,
    tls: readTls(cluster, user),
    credential: readCredential(user.entry, user.folder, cluster.entry),
  };
}

function readServer(cluster: KubeconfigCluster): URL {
  if (cluster['proxy-url'] !== undefined) {
    throw new ContextProblem('It is reached through a proxy (proxy-url), which Curfew does not support.');
  }
  const server = URL.canParse(cluster.server) ? new URL(cluster.server) : null;
  if (server === null || (server.protocol !== 'https:' && server.protocol !== 'http:')) {
    throw new ContextProblem(`Its server “${cluster.server}” is not an http or https URL.`);
  }
  if (server.username !== '' || server.search !== '' || server.hash !== '') {
    throw new ContextProblem('Its server URL may hold a host, a port and a path only.');
  }
  return server;
}

function readTls(
  cluster: { entry: KubeconfigCluster; folder: string },
  user: { entry: KubeconfigUser; folder: string },
): ClusterTls {
  const ca = readPem(cluster.entry, 'certificate-authority', cluster.folder);
  const clientCertificate = readPem(user.entry, 'client-certificate', user.folder);
  const clientKey = readPem(user.entry, 'client-key', user.folder);
  if ((clientCertificate === null) !== (clientKey === null)) {
    throw new ContextProblem('Its user has a client certificate without a key, or a key without a certificate.');
  }
  return {
    ca,
    clientCertificate,
    clientKey,
    serverName: cluster.entry['tls-server-name'] ?? null,
    insecure: cluster.entry['insecure-skip-tls-verify'] ?? false,
  };
}

/** `<field>-data` holds base64 and wins over `<field>`, which names a file. */
function readPem<Field extends 'certificate-authority' | 'client-certificate' | 'client-key'>(
  entry: Partial<Record<Field | `${Field}-data`, string | undefined>>,
  field: Field,
  folder: string,
): string | null {
  const data = entry[`${field}-data`];
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const path = entry[field];
  return path === undefined || path === '' ? null : readNamedFile(resolve(folder, path), field);
}

function readNamedFile(path: string, field: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ContextProblem(`Its ${field} ${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

function readCredential(user: KubeconfigUser, folder: string, cluster: KubeconfigCluster): CredentialSource {
  if (user['auth-provider'] !== undefined && user['auth-provider'] !== null) {
    throw new ContextProblem('Its user has an auth-provider, which Kubernetes gave up; use an exec plugin.');
  }
  if (user.tokenFile !== undefined && user.tokenFile !== '') {
    return { kind: 'token-file', path: resolve(folder, user.tokenFile) };
  }
  if (user.token !== undefined && user.token !== '') return { kind: 'token', token: user.token };
  if (user.username !== undefined && user.username !== '') {
    return { kind: 'basic', username: user.username, password: user.password ?? '' };
  }
  if (user.exec !== undefined && user.exec !== null) {
    return { kind: 'exec', exec: readExec(user.exec, folder, cluster) };
  }
  return { kind: 'none' };
}

function readExec(exec: KubeconfigExec, folder: string, cluster: KubeconfigCluster): ExecPlugin {
  const { apiVersion } = exec;
  if (apiVersion !== 'client.authentication.k8s.io/v1' && apiVersion !== 'client.authentication.k8s.io/v1beta1') {
    throw new ContextProblem(`Its credential plugin speaks ${apiVersion}; Curfew knows v1 and v1beta1.`);
  }
  const relative = exec.command.includes('/') && !isAbsolute(exec.command);
  return {
    apiVersion,
    command: relative ? resolve(folder, exec.command) : exec.command,
    args: exec.args ?? [],
    env: Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    installHint: exec.installHint ?? null,
    clusterInfo: exec.provideClusterInfo === true ? clusterInfo(cluster) : null,
  };
}

/** `spec.cluster` of an ExecCredential: what the plugin is told of the cluster. */
function clusterInfo(cluster: KubeconfigCluster): Record<string, unknown> {
  const config = cluster.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension;
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': cluster['certificate-authority-data'],
    config,
  };
}
