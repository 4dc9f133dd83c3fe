import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { assignIds } from '../src/kubernetes/clusters/cluster-id.ts';
import { loadKubeconfig } from '../src/kubernetes/clusters/load-kubeconfig.ts';
import type { Benchmark } from './support/benchmark.ts';
import { CUT_COLUMNS, outcomeOfCuts } from './support/cuts.ts';
import { readLateness } from './support/lateness.ts';
import { cookieOf, sendTo, startPortalProcess } from './support/portal-process.ts';
import type { PortalProcess } from './support/portal-process.ts';
import type { Scratch } from './support/scratch.ts';
import { kubernetesSessions, portalSessions, seedDataFolder } from './support/seed.ts';
import type { SeededSession } from './support/seed.ts';
import { openWatches } from './support/watchers.ts';

const HOUR_MS = 3600_000;
/** How long all may take to be open: shells are made one after another. */
const OPENING_MS = 60_000;
const SPREAD_MS = 10_000;
/** Its first event, a namespace's certificate, comes at once. */
const WATCH = '/api/v1/namespaces/default/configmaps?watch=1';

/** How late idle watches and terminals on a real cluster are cut, each at a deadline of its own. */
export const cutLateness: Benchmark = {
  name: 'cut-lateness',
  title: 'cutting idle watches and terminals on a real cluster',
  needsKubeconfig: true,
  async run(options, scratch) {
    const counts = options.quick ? { watch: 95, terminal: 5 } : { watch: 950, terminal: 50 };
    const kubeconfig = options.kubeconfig ?? '';
    const [cluster = ''] = assignIds(loadKubeconfig([kubeconfig]).clusters.map(({ name }) => name));
    const firstAt = Date.now() + OPENING_MS;
    const total = counts.watch + counts.terminal;
    const deadlineOf = (index: number): number => Math.round(firstAt + (index * SPREAD_MS) / total);
    const parents = portalSessions(total, Date.now());
    const sessions = kubernetesSessions(parents, cluster, (index) => deadlineOf(index) - HOUR_MS);
    const dataDir = join(scratch.folder, 'data');
    await seedDataFolder(dataDir, [...parents, ...sessions]);
    const portal = await startPortalProcess(scratch, options, { name: 'curfew-cuts', dataDir, kubeconfig });

    // In turn, so that terminals end among watches.
    const isTerminal = (index: number): boolean => index % (total / counts.terminal) === 0;
    const indexes = sessions.map((_, index) => index);
    const [ofTerminals, ofWatches] = [indexes.filter(isTerminal), indexes.filter((index) => !isTerminal(index))];
    const watches = await openWatches(scratch, {
      port: portal.port,
      host: portal.host,
      path: `/k8s/clusters/${cluster}${WATCH}`,
      tls: false,
      headers: ofWatches.map((index) => `Authorization: Bearer ${sessions[index]?.token}`),
      atOnce: 50,
    });
    const terminals: Promise<number>[] = [];
    for (const index of ofTerminals) {
      terminals.push((await openTerminal(scratch, portal, cluster, parents[index])).ended);
    }
    if (Date.now() > firstAt) throw new Error('not everything was open before the first deadline');
    await sleep(firstAt + SPREAD_MS - Date.now());
    const goneAt = {
      watch: await watches.closed(ofWatches.length, 30_000),
      terminal: await Promise.all(terminals),
    };
    const metrics = await (await fetch(`${portal.url}/metrics`)).text();
    const late = {
      watch: ofWatches.map((index, place) => (goneAt.watch[place] ?? Number.NaN) - deadlineOf(index)),
      terminal: ofTerminals.map((index, place) => (goneAt.terminal[place] ?? Number.NaN) - deadlineOf(index)),
    };
    const outcomes = [
      outcomeOfCuts(
        `${total} streams`,
        [...late.watch, ...late.terminal],
        readLateness(metrics, 'watch', 'terminal'),
        false,
      ),
      outcomeOfCuts(`${counts.watch} watches`, late.watch, readLateness(metrics, 'watch'), false),
      outcomeOfCuts(`${counts.terminal} terminals`, late.terminal, readLateness(metrics, 'terminal'), false),
    ];
    return {
      // The bound is for all streams together: of fifty terminals, one is more than a hundredth.
      figures: outcomes[0]?.figures ?? [],
      tables: [
        {
          title: `cuts spread over ${SPREAD_MS / 1000} s, one session each`,
          columns: CUT_COLUMNS,
          rows: outcomes.map(({ row }) => row),
        },
      ],
    };
  },
};

/** @returns when its page was told of the end, once it is */
async function openTerminal(
  scratch: Scratch,
  { port, host }: PortalProcess,
  cluster: string,
  parent: SeededSession | undefined,
): Promise<{ ended: Promise<number> }> {
  const cookie = cookieOf(parent?.token ?? '');
  const url = `http://${host}`;
  const shell = (await (await sendTo(url, 'POST', '/api/shells', cookie, { cluster })).json()) as { id: string };
  const socket = new WebSocket(`ws://localhost:${port}/api/shells/${shell.id}/terminal`, {
    headers: { cookie, origin: url },
  });
  scratch.defer(() => {
    socket.terminate();
  });
  const ended = new Promise<number>((resolve) => {
    socket.on('message', (data, isBinary) => {
      // Buffers, since no other binaryType was asked for.
      if (!isBinary && (data as Buffer).toString('utf8').includes('"ended"')) resolve(Date.now());
    });
  });
  await once(socket, 'open');
  return { ended };
}
