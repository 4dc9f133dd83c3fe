import { join } from 'node:path';
import { startRecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import type { RecordingUpstream } from '../integration/gateway-recording-upstream.ts';
import { SESSION_COOKIE } from '../../src/http/cookies.ts';
import { choosePort } from '../../src/system/free-port.ts';
import { hashToken, newId, newToken } from '../../src/sessions/token.ts';
import { CurfewHouse } from './curfew-process.ts';
import type { ServingCurfew } from './curfew-process.ts';
import { ask } from './postgres.ts';
import { PASSWORD, TestBrowser } from './test-portal.ts';

/** Two replicas, each a process of its own, named `a` and `b`, on one database; their one cluster is a stand-in, `recording`. */
export interface ReplicaPair {
  one: ServingCurfew;
  other: ServingCurfew;
  /** The administrator, signed in at the first one. */
  readonly ada: TestBrowser;
  readonly cluster: RecordingUpstream;
  /** Starts one more on this database, reached by a URL of its own and with further environment. */
  serve(databaseUrl: string, environment?: Record<string, string>): Promise<ServingCurfew>;
  stop(): Promise<void>;
}

/**
 * Starts them.
 *
 * @param options flags for both, and by which URL the second one reaches the database
 */
export async function startReplicaPair(
  databaseUrl: string,
  options: { otherUrl?: string; flags?: readonly string[] } = {},
): Promise<ReplicaPair> {
  const first = new CurfewHouse({ CURFEW_REPLICA_NAME: 'a' });
  const started: ServingCurfew[] = [];
  const cluster = await startRecordingUpstream(join(first.folder, 'recording.kubeconfig'));
  cluster.answer = (_request, response) => {
    // A watch, in which nothing happens.
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
  };
  const start = async (house: CurfewHouse, url: string): Promise<ServingCurfew> => {
    const key = join(first.folder, 'secret.key');
    const flags = ['--secret-key-file', key, '--kubeconfig', cluster.kubeconfig, ...(options.flags ?? [])];
    const port = await choosePort(0, '127.0.0.1');
    const served = await house.serve('--database', url, '--port', String(port), ...flags);
    // Where it is itself, whatever its public URL.
    const portal = { ...served, url: `http://127.0.0.1:${port}` };
    started.push(portal);
    return portal;
  };
  const one = await start(first, databaseUrl);
  const ada = new TestBrowser(one.url);
  const setup = { token: one.setupToken, username: 'ada', password: PASSWORD };
  const [other, answer] = await Promise.all([
    start(new CurfewHouse({ CURFEW_REPLICA_NAME: 'b' }), options.otherUrl ?? databaseUrl),
    ada.send('POST', '/api/setup', setup),
  ]);
  if (answer.status !== 201) throw new Error(`no administrator: ${JSON.stringify(answer.body)}`);
  return {
    one,
    other,
    ada,
    cluster,
    serve: (url, environment) => start(new CurfewHouse(environment), url),
    async stop() {
      for (const { child, signal } of started)
        if (child.exitCode === null && child.signalCode === null) signal('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
      await cluster.stop();
    },
  };
}

/** A stream of a browser, and when it was over. */
export interface HeldStream {
  isOpen(): boolean;
  /** How many milliseconds after an instant of `performance.now()` it was over, once it is. */
  overAfter(since: number): Promise<number>;
}

export const EVENTS = '/api/session/events';
export const WATCH = '/k8s/clusters/recording/api/v1/pods?watch=true';

/** Opens a stream and reads it to its end. @throws when it is refused */
export async function holdStream(
  browser: TestBrowser,
  path: string,
  headers: Record<string, string> = {},
): Promise<HeldStream> {
  const response = await browser.fetch('GET', path, undefined, headers);
  if (response.status !== 200) throw new Error(`no stream: ${response.status} ${await response.text()}`);
  let isOpen = true;
  const over = response
    .text()
    // A reset is an end, too.
    .catch(() => '')
    .then(() => {
      isOpen = false;
      return performance.now();
    });
  return { isOpen: () => isOpen, overAfter: async (since) => (await over) - since };
}

/** Begins a Kubernetes session of a browser so long ago, and tells no replica. @returns its token */
export async function insertKubernetesSession(url: string, browser: TestBrowser, ageMs: number): Promise<string> {
  const token = newToken();
  const cookie = browser.cookies.get(SESSION_COOKIE) ?? '';
  await ask(
    url,
    `with portal as (
       select sessions.* from sessions join tokens on session_id = id where hash = '${hashToken(cookie)}'),
       begun as (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint - ${ageMs} as at),
       session as (
         insert into sessions (id, kind, user_id, parent_id, cluster_id, started_at, last_activity_at)
         select '${newId('ks')}', 'kubernetes', portal.user_id, portal.id, 'recording', begun.at, begun.at
         from portal, begun returning id)
     insert into tokens (hash, session_id, purpose, cluster_id)
     select '${hashToken(token)}', id, 'kubernetes', 'recording' from session`,
  );
  return token;
}

/** How the session of a token ended, as it is recorded. */
export async function endOf(url: string, token: string): Promise<{ reason: string | null; afterMs: number }> {
  const [row] = await ask<{ reason: string | null; after: string | null }>(
    url,
    `select end_reason as reason, ended_at - started_at as after
     from sessions join tokens on session_id = id where hash = '${hashToken(token)}'`,
  );
  return { reason: row?.reason ?? null, afterMs: Number(row?.after) };
}
