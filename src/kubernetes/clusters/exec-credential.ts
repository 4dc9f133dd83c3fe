import { spawn } from 'node:child_process';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { ExecPlugin } from './cluster.ts';

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** What a plugin gave: a token, a client certificate, or both. */
export interface ExecCredential {
  readonly token: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  /** When it must be asked anew; null while the process lives. */
  readonly expiresAt: number | null;
}

export interface ExecPluginPorts {
  readonly clock: Clock;
  /** Kills the plugin, so that one that hangs keeps nobody from stopping. */
  readonly closing?: AbortSignal;
  /** Takes the end of what a plugin that failed had printed on standard error, for the log. */
  complained?(stderr: string): void;
}

const outputSchema = z.object({
  kind: z.literal('ExecCredential'),
  apiVersion: z.string(),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.iso.datetime({ offset: true }).optional(),
  }),
});

/**
 * Runs a credential plugin once (client.authentication.k8s.io).
 *
 * @throws PortalError `cluster-unavailable` that says in plain words what went wrong; never with what it printed, which
 *   may be a secret, and which every user of the cluster would read
 */
export async function runExecPlugin(plugin: ExecPlugin, ports: ExecPluginPorts): Promise<ExecCredential> {
  const output = await runProcess(plugin, ports);
  const parsed = outputSchema.safeParse(parseJson(output));
  if (!parsed.success || parsed.data.apiVersion !== plugin.apiVersion) {
    throw refuse(plugin, `did not print an ExecCredential of ${plugin.apiVersion}`);
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parsed.data.status;
  if ((clientCertificateData === undefined) !== (clientKeyData === undefined)) {
    throw refuse(plugin, 'gave a certificate without a key, or a key without a certificate');
  }
  if (token === undefined && clientCertificateData === undefined) {
    throw refuse(plugin, 'gave neither a token nor a certificate');
  }
  return {
    token: token ?? null,
    clientCertificate: clientCertificateData ?? null,
    clientKey: clientKeyData ?? null,
    expiresAt: expirationTimestamp === undefined ? null : Date.parse(expirationTimestamp),
  };
}

function runProcess(plugin: ExecPlugin, { clock, closing, complained }: ExecPluginPorts): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(plugin.command, plugin.args, {
      env: { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: execInfo(plugin) },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(closing !== undefined && { signal: closing, killSignal: 'SIGKILL' }),
    });
    let stdout = '';
    let stderr = '';
    let refusal: PortalError | null = null;
    const stop = (why: string): void => {
      refusal ??= refuse(plugin, why);
      child.kill('SIGKILL');
    };
    const timer = clock.setTimer(clock.now() + TIMEOUT_MS, () => {
      stop(`did not answer within ${TIMEOUT_MS / 1000} s`);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.length > MAX_OUTPUT_BYTES) stop('printed too much');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2000);
    });
    child.on('error', (error) => {
      timer.dispose();
      reject(refuse(plugin, describeStartError(error), error));
    });
    child.on('close', (exit, signal) => {
      timer.dispose();
      if (refusal === null && exit === 0) return resolve(stdout);
      if (stderr !== '') complained?.(stderr);
      const where = stderr === '' ? '' : '. The log of Curfew has what it said';
      reject(refusal ?? refuse(plugin, `ended with ${exit ?? signal}${where}`));
    });
  });
}

function execInfo(plugin: ExecPlugin): string {
  const cluster = plugin.clusterInfo === null ? {} : { cluster: plugin.clusterInfo };
  return JSON.stringify({
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...cluster },
  });
}

function refuse(plugin: ExecPlugin, why: string, cause?: Error): PortalError {
  const hint = cause !== undefined && plugin.installHint !== null ? ` ${plugin.installHint.trim()}` : '';
  const error = new PortalError('cluster-unavailable', `The credential plugin “${plugin.command}” ${why}.${hint}`);
  error.cause = cause;
  return error;
}

function describeStartError(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'was not found';
  if (error.name === 'AbortError') return 'was stopped, since its cluster was closed';
  return error.code === 'EACCES' ? 'may not be run' : `could not be started (${error.code ?? error.message})`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not an ExecCredential: the caller says so. The parser's message would quote a secret.
    return null;
  }
}
