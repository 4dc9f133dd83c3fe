import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { unescape } from 'node:querystring';
import { parse } from 'yaml';
import { z } from 'zod';
import { OPTION_NAMES, environmentName, optionsSchema } from './options.ts';
import type { Options } from './options.ts';

/** A configuration that cannot be used, in words for whoever wrote it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The server's configuration, checked and complete. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly publicUrl: URL | null;
  readonly trustedProxies: readonly string[];
  /** Where, on this machine and its links, registered dashboards may be. */
  readonly dashboardNetworks: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly dataDir: string;
  /** URL of PostgreSQL, which may hold a password; null: the embedded database. */
  readonly database: string | null;
  /** How many connections to PostgreSQL there are at most, besides the one that listens. */
  readonly databaseConnections: number;
  /** For how long streams go on while PostgreSQL does not answer. */
  readonly databaseSilenceMs: number;
  /** What this replica is called in the ids of its shells. */
  readonly replicaName: string;
  readonly secretKeyFile: string;
  readonly cacheDir: string;
  readonly kubeconfig: string | null;
  readonly localCluster: boolean;
  /** How the pods of shells are made; null: shells run on this machine. */
  readonly shellPods: {
    readonly clusterId: string;
    readonly namespace: string;
    readonly image: string;
    readonly pullPolicy: Options['shell-pod-pull-policy'];
  } | null;
  /** Where mail is handed over; null: none is sent. */
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly tls: 'at-once' | 'required' | 'offered';
    readonly login: { readonly user: string; readonly passwordFile: string } | null;
    readonly from: string;
  } | null;
  /** How long what is open may go on after SIGTERM. */
  readonly drainMs: number;
  readonly logLevel: Options['log-level'];
}

/**
 * Puts the configuration together: flags before the environment before the file before the defaults.
 *
 * @param flags by option name, as the command line gave them
 * @param file a YAML or JSON file of option names
 * @throws ConfigError naming the option and what is allowed
 */
export function loadConfig(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv, file?: string): Config {
  const fromEnvironment = Object.fromEntries(
    OPTION_NAMES.flatMap((name) => {
      const value = environment[environmentName(name)];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const parsed = optionsSchema.safeParse({
    ...(file === undefined ? {} : readConfigFile(file)),
    ...fromEnvironment,
    ...given,
  });
  if (!parsed.success) throw new ConfigError(`The configuration cannot be used. ${describeIssues(parsed.error)}`);
  return complete(parsed.data, environment);
}

function readConfigFile(file: string): Record<string, unknown> {
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'));
    return z.record(z.string(), z.unknown()).parse(content ?? {});
  } catch (error) {
    throw new ConfigError(`The configuration file ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function complete(options: Options, environment: NodeJS.ProcessEnv): Config {
  const home = environment['HOME'] ?? homedir();
  const { 'tls-cert': cert, 'tls-key': key, 'public-url': publicUrl, host } = options;
  if ((cert === undefined) !== (key === undefined)) throw new ConfigError('Give --tls-cert and --tls-key together.');
  if (options.port === options['tls-port'] && options.port !== 0) {
    throw new ConfigError('Give --port and --tls-port different numbers: each has a listener of its own.');
  }
  if (!isLoopback(host) && cert === undefined && !(publicUrl?.startsWith('https://') ?? false)) {
    throw new ConfigError(
      `To listen on ${host}, give a certificate (--tls-cert, --tls-key) or the https URL of the proxy in front (--public-url): ` +
        'without TLS, passwords and sessions would travel in the clear.',
    );
  }
  const dataDir = resolve(
    options['data-dir'] ?? join(environment['XDG_DATA_HOME'] ?? join(home, '.local', 'share'), 'curfew'),
  );
  return {
    host,
    port: options.port,
    tlsPort: options['tls-port'],
    publicUrl: publicUrl === undefined ? null : new URL(publicUrl),
    trustedProxies: options['trusted-proxies'],
    dashboardNetworks: options['dashboard-networks'],
    tls: cert === undefined || key === undefined ? null : { cert, key },
    dataDir,
    database: options.database ?? null,
    databaseConnections: options['database-connections'],
    databaseSilenceMs: options['database-silence-seconds'] * 1000,
    replicaName: options['replica-name'] ?? (options.database === undefined ? 'one' : randomBytes(4).toString('hex')),
    secretKeyFile: resolve(options['secret-key-file'] ?? join(dataDir, 'secret.key')),
    cacheDir: resolve(options['cache-dir'] ?? join(environment['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'curfew')),
    kubeconfig: options.kubeconfig ?? null,
    localCluster: options['local-cluster'],
    shellPods: shellPodsOf(options),
    smtp: smtpOf(options),
    drainMs: options['drain-seconds'] * 1000,
    logLevel: options['log-level'],
  };
}

function shellPodsOf(options: Options): Config['shellPods'] {
  if (options['shell-sandbox'] === 'machine') return null;
  const image = options['shell-pod-image'];
  if (image === undefined) throw new ConfigError('With --shell-sandbox pod, give the image too: --shell-pod-image.');
  return {
    clusterId: options['shell-pod-cluster'],
    namespace: options['shell-pod-namespace'],
    image,
    pullPolicy: options['shell-pod-pull-policy'],
  };
}

function smtpOf(options: Options): Config['smtp'] {
  const { 'smtp-url': text, 'smtp-from': from, 'smtp-password-file': passwordFile } = options;
  if (text === undefined && from === undefined && passwordFile === undefined) return null;
  if (text === undefined || from === undefined) throw new ConfigError('Give --smtp-url and --smtp-from together.');
  const { protocol, hostname, port, username } = new URL(text);
  if ((username === '') !== (passwordFile === undefined))
    throw new ConfigError('Give a user in --smtp-url and --smtp-password-file together.');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isAtOnce = protocol === 'smtps:';
  return {
    host,
    port: port === '' ? (isAtOnce ? 465 : 587) : Number(port),
    // A password never leaves this machine in the clear.
    tls: isAtOnce ? 'at-once' : username !== '' && !isLoopback(host) ? 'required' : 'offered',
    login: passwordFile === undefined ? null : { user: unescape(username), passwordFile: resolve(passwordFile) },
    from,
  };
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${[...path, message].join(': ')}.`).join(' ');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
