import { request } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { ClusterHealth } from './cluster.ts';
import type { OpenCluster } from './connection.ts';
import { describeConnectionError } from './plain-words.ts';

const TIMEOUT_MS = 10_000;
const versionSchema = z.object({ gitVersion: z.string().max(100) });

/** Asks a cluster with its own credential whether it is there: its version, and whether it says it is ready. */
export async function checkHealth(cluster: OpenCluster, clock: Clock): Promise<ClusterHealth> {
  const seen = await lookAt(cluster, clock);
  return { ...seen, checkedAt: clock.now() };
}

async function lookAt(cluster: OpenCluster, clock: Clock): Promise<Omit<ClusterHealth, 'checkedAt'>> {
  try {
    const version = await get(cluster, '/version', clock);
    if (version.status === 401 || version.status === 403) {
      return unreachable(`It refuses Curfew's credential (${version.status}).`);
    }
    const parsed = versionSchema.safeParse(parseJson(version.body));
    if (version.status !== 200 || !parsed.success) return unreachable('What answers is not a Kubernetes API server.');
    const ready = await getReadiness(cluster, clock);
    const message = ready.status === 200 ? null : `It says that it is not ready: ${ready.body.slice(0, 200).trim()}`;
    return { state: message === null ? 'ready' : 'unreachable', version: parsed.data.gitVersion, message };
  } catch (error) {
    if (error instanceof PortalError) return unreachable(error.message);
    return unreachable(`${capitalize(describeConnectionError(error, cluster.definition.server))}.`);
  }
}

/** `/readyz` came with 1.16; what does not know it has `/healthz`. Who may not ask takes the version for an answer. */
async function getReadiness(cluster: OpenCluster, clock: Clock): Promise<{ status: number; body: string }> {
  const ready = await get(cluster, '/readyz', clock);
  const answer = ready.status === 404 ? await get(cluster, '/healthz', clock) : ready;
  return answer.status === 401 || answer.status === 403 ? { status: 200, body: '' } : answer;
}

async function get(cluster: OpenCluster, path: string, clock: Clock): Promise<{ status: number; body: string }> {
  const first = await getOnce(cluster, path, clock);
  if (first.status !== 401) return first;
  cluster.forgetCredential();
  return getOnce(cluster, path, clock);
}

async function getOnce(cluster: OpenCluster, path: string, clock: Clock): Promise<{ status: number; body: string }> {
  const connection = await cluster.connect();
  const abort = new AbortController();
  const timer = clock.setTimer(clock.now() + TIMEOUT_MS, () => {
    abort.abort(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  });
  try {
    const { statusCode, body } = await request(`${connection.origin}${connection.basePath}${path}`, {
      dispatcher: connection.dispatcher,
      headers: connection.authorization === null ? {} : { authorization: connection.authorization },
      signal: abort.signal,
    });
    return { status: statusCode, body: await body.text() };
  } finally {
    timer.dispose();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is not JSON is not a version either; the caller says so.
    return null;
  }
}

function unreachable(message: string): Omit<ClusterHealth, 'checkedAt'> {
  return { state: 'unreachable', version: null, message };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
