import { inject } from 'vitest';
import type { Connection } from '../../src/kubernetes/clusters/cluster.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import { writeEndings } from './endings.ts';
import type { Client, Ending } from './endings.ts';
import { runKubectl, startGatewayPortal, waitUntil } from './gateway-portal.ts';
import type { GatewayPortal } from './gateway-portal.ts';

const HOUR = 3_600_000;
/** The part of a manifest that the API server creates, and whose answer does not arrive. */
export const HELD_CREATE = 4;
/** What a message has to name: the limit, the time, and the command to sign in again. */
export const WHY =
  /Your Kubernetes session ended at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: Maximum K8s Session Duration is 60 minutes\. Sign in again with: curfew login --server https:\/\/curfew\.example/;
/** How late a client may be that has to be told, to print it and to go: a busy machine takes its time. */
export const LATE_MS = 3000;
const GIVEN_UP_MS = 10_000;

/** What a client does until its session ends, and how it has to end then. */
export interface Operation {
  readonly name: string;
  start(): Client;
  /** Whether it is in the middle of it. */
  isUnderWay(client: Client): boolean;
  /** How its process is held there: a file would else be there as a whole before the end. */
  readonly stopped?: true;
  readonly exit: Ending['exit'];
  readonly says: RegExp;
}

/** A gateway before the real cluster, with a namespace in which clients can be in the middle of things. */
export interface EndingsCluster {
  readonly namespace: string;
  /** Where the gateway has the cluster's API: the path that kubectl puts before each other one. */
  readonly path: string;
  /** Requests that were answered, and whose answer does not arrive, as `GET /api/…`: those for what is called `held`, and that of `HELD_CREATE`. */
  readonly held: string[];
  /** How many parts of a manifest have gone to the cluster. */
  creates(): number;
  admin(args: readonly string[]): ReturnType<typeof runKubectl>;
  signIn(): Promise<{ session: TestSession; kubeconfig: string }>;
  /** Starts everything, and ends the session while all of it is under way; not a millisecond early. */
  endAll(client: string, operations: readonly Operation[], session: TestSession): Promise<void>;
  note(ending: Ending): void;
  endingOf(client: string, operation: string): Ending;
  /** Appends the table of what was noted to the file that CURFEW_ENDINGS names, if any. */
  stop(): Promise<void>;
}

export async function startEndingsCluster(namespace: string): Promise<EndingsCluster> {
  const clock = createFakeClock(Date.now());
  const held: string[] = [];
  const endings: Ending[] = [];
  let creates = 0;
  const isHeld = (method: string, path: string): boolean => {
    const isCreate = method === 'POST' && path.includes('/configmaps');
    if (isCreate) creates++;
    return path.includes('/configmaps/held') || (isCreate && creates === HELD_CREATE);
  };
  const hold = (connection: Connection) => holdAnswers(connection, isHeld, (request) => held.push(request));
  const portal: GatewayPortal = await startGatewayPortal(inject('kubeconfigPath'), {
    clock,
    findCluster(id) {
      const cluster = portal.directory.find(id);
      const connect = async () => hold(await (cluster as NonNullable<typeof cluster>).connect());
      return cluster && { connect, forgetCredential: () => undefined };
    },
  });
  const admin = (args: readonly string[], input = '\n') =>
    runKubectl(inject('kubectlPath'), inject('kubeconfigPath'), ['-n', namespace, ...args], input);
  await prepare(namespace, admin);

  return {
    namespace,
    path: `/k8s/clusters/${portal.clusterId}`,
    held,
    creates: () => creates,
    admin: (args) => admin(args),
    async signIn() {
      await admin(['delete', 'configmaps', '--all']);
      creates = 0;
      held.length = 0;
      return portal.signIn({ username: 'alice' }, 60, 'https://curfew.example');
    },
    async endAll(client, operations, session) {
      const running = operations.map((operation) => ({ operation, it: operation.start() }));
      try {
        for (const { operation, it } of running) {
          await waitUntil(`${operation.name} of ${client}`, () => operation.isUnderWay(it)).catch((error: Error) => {
            throw new Error(`${error.message}: ${it.seen()}`, { cause: error });
          });
          if (operation.stopped) it.signal('SIGSTOP');
        }
        await clock.advance(HOUR - 1);
        const early = running.filter(({ it }) => it.isOver()).map(({ operation, it }) => [operation.name, it.seen()]);
        if (early.length > 0) throw new Error(`${client} ended early: ${JSON.stringify(early)}`);
        const deadline = performance.now();
        await clock.advance(1);
        if (session.streams.size > 0) throw new Error('Something goes on.');
        // From here on the gateway's clock goes as fast as every other one: the slow get so much time, and no more.
        const pump = setInterval(() => void clock.advance(10), 10);
        for (const { operation, it } of running) if (operation.stopped) it.signal('SIGCONT');
        for (const { operation, it } of running) {
          const { exit, at } = await inTime(it, `${operation.name} of ${client}`);
          endings.push({ client, operation: operation.name, seen: it.seen(), exit, lateMs: at - deadline });
        }
        clearInterval(pump);
      } finally {
        for (const { it } of running) it.signal('SIGKILL');
      }
    },
    note: (ending) => void endings.push(ending),
    endingOf(client, operation) {
      const found = endings.find((each) => each.client === client && each.operation === operation);
      if (found === undefined) throw new Error(`${client} did not come to this: ${operation}`);
      return found;
    },
    async stop() {
      await admin(['delete', 'namespace', namespace, '--wait=false', '--grace-period=0', '--force']);
      await portal.stop();
      writeEndings(endings);
    },
  };
}

function inTime(client: Client, what: string): Client['ended'] {
  const tooLate = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`${what} does not end: ${client.seen()}`)), GIVEN_UP_MS).unref();
  });
  return Promise.race([client.ended, tooLate]);
}

/** The same connection, on which the cluster's answers to some requests do not arrive: they are under way. */
function holdAnswers(
  connection: Connection,
  isHeld: (method: string, path: string) => boolean,
  answered: (request: string) => void,
): Connection {
  const dispatch: Connection['dispatcher']['dispatch'] = (options, handler) => {
    if (!isHeld(options.method, options.path)) return connection.dispatcher.dispatch(options, handler);
    return connection.dispatcher.dispatch(options, {
      onRequestStart: (...given) => handler.onRequestStart?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
      onResponseStart: () => answered(`${options.method} ${options.path}`),
      onResponseData: () => undefined,
      onResponseEnd: () => undefined,
    });
  };
  return { ...connection, dispatcher: Object.assign(Object.create(connection.dispatcher), { dispatch }) };
}

/** A pod `busy` that prints, serves and has a big file, and a pod `echo` that answers what it reads. */
async function prepare(
  namespace: string,
  admin: (args: readonly string[], input?: string) => ReturnType<typeof runKubectl>,
) {
  await admin(['create', 'namespace', namespace]);
  await admin(['create', 'rolebinding', 'alice', '--clusterrole=edit', '--user=curfew:alice']);
  // Made by the cluster a moment after the namespace; before that no pod may be created.
  for (let tries = 0; tries < 100 && (await admin(['get', 'serviceaccount', 'default'])).exit !== 0; tries++);
  const busy =
    'truncate -s 4G /tmp/big; mkdir /www; echo hello > /www/index.html; httpd -p 8080 -h /www; ' +
    'while true; do echo tick; sleep 1; done';
  const items = [pod('busy', busy), pod('echo', 'while read line; do echo "got $line"; done')];
  await admin(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const ready = await admin(['wait', 'pod', '--all', '--for=condition=Ready', '--timeout=60s']);
  if (ready.exit !== 0) throw new Error(ready.stderr);
}

function pod(name: string, command: string): object {
  const container = { name, image: 'localhost/tools:1', imagePullPolicy: 'Never', stdin: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ ...container, command: ['sh', '-c', command] }] },
  };
}
