import { join } from 'node:path';
import type { Benchmark, Options } from './support/benchmark.ts';
import { TURN_COLUMNS, cookieScript, measureInTurn, turnRows } from './support/load.ts';
import type { Contender, Turn } from './support/load.ts';
import { PEERS, needDebian, needPeers } from './support/packages.ts';
import { cookieOf, startPortalProcess } from './support/portal-process.ts';
import type { Figure } from './support/report.ts';
import type { Scratch } from './support/scratch.ts';
import { portalSessions, seedDataFolder } from './support/seed.ts';
import { freePort, startServer } from './support/server-process.ts';
import type { ServerProcess } from './support/server-process.ts';
import { takeIntoMemory } from './support/take-into-memory.ts';

const CHECK = '/api/session/check';
const CURFEW = 'Curfew';

/** `GET /api/session/check` of the whole portal, beside servers that do less and servers that do it another way. */
export const sessionCheck: Benchmark = {
  name: 'session-check',
  title: 'one session check over HTTP',
  async run(options, scratch) {
    await needDebian('wrk', 'redis-server');
    await needPeers();
    const many = options.quick ? 5000 : 100_000;
    const manyName = `${CURFEW}, ${many} live sessions`;
    const curfew = await curfewWithOne(scratch, options);
    const crowd = await curfewWithMany(scratch, options, manyName, many);
    // A client that sends ten thousand cookies is slower, and its portal wakes it for each answer: the bare one is asked so too.
    const bareCrowd = { ...(await bare(scratch, 'Fastify, bare, as many')), script: crowd.script ?? '' };
    const contenders = [
      // It is sent the same request as Curfew, cookie included.
      { ...(await bare(scratch, 'Fastify, bare')), headers: curfew.headers },
      curfew,
      crowd,
      bareCrowd,
      { ...(await bare(scratch, 'Fastify, with our plugins', 'plugins')), headers: curfew.headers },
      ...(await peers(scratch)),
    ];
    const shape = { connections: 32, seconds: options.quick ? 1 : 5, rounds: options.quick ? 1 : 5 };
    const turns = await measureInTurn(contenders, shape);
    return {
      figures: [
        ...against(turns, CURFEW, 'Fastify, bare', 0.85),
        ...against(turns, CURFEW, '@fastify/session, Redis', 2.5),
        ...against(turns, CURFEW, 'better-auth, cookie cache', 30),
        ...against(turns, manyName, bareCrowd.name, 0.85),
      ],
      tables: [
        { title: '32 connections; CPU of all processes of a contender', columns: TURN_COLUMNS, rows: turnRows(turns) },
      ],
    };
  },
};

/** Judged by CPU time and by answers in a second alike. */
function against(turns: ReadonlyMap<string, Turn>, name: string, peer: string, atLeast: number): Figure[] {
  const own = turns.get(name);
  return [
    {
      name: `${name} against ${peer}, CPU`,
      value: (turns.get(peer)?.cpuUs ?? Number.NaN) / (own?.cpuUs ?? Number.NaN),
      unit: '×',
      bound: { atLeast },
    },
    {
      name: `${name} against ${peer}, requests/s`,
      value: (own?.perSecond ?? Number.NaN) / (turns.get(peer)?.perSecond ?? Number.NaN),
      unit: '×',
      bound: { atLeast },
    },
  ];
}

async function curfewWithOne(scratch: Scratch, options: Options): Promise<Contender> {
  const dataDir = join(scratch.folder, 'one');
  await seedDataFolder(dataDir, []);
  const portal = await startPortalProcess(scratch, options, { name: 'curfew-one', dataDir });
  const { cookie } = await portal.signIn('bench-0');
  const headers = { Cookie: cookie, Host: portal.host };
  return { name: CURFEW, url: portal.url + CHECK, headers, processes: [portal.server] };
}

async function curfewWithMany(scratch: Scratch, options: Options, name: string, count: number): Promise<Contender> {
  const dataDir = join(scratch.folder, 'many');
  const sessions = portalSessions(count, Date.now());
  await seedDataFolder(dataDir, sessions);
  const portal = await startPortalProcess(scratch, options, { name: 'curfew-many', dataDir });
  await takeIntoMemory(portal, sessions);
  const cookies = sessions.filter((_, index) => index % 10 === 0).map(({ token }) => cookieOf(token));
  const script = cookieScript(scratch, cookies, portal.host);
  return { name, url: portal.url + CHECK, headers: {}, script, processes: [portal.server] };
}

async function bare(scratch: Scratch, name: string, ...args: string[]): Promise<Contender> {
  const file = join(import.meta.dirname, 'servers', 'fastify-without-check.ts');
  return startPeer(scratch, name, file, args, null);
}

async function peers(scratch: Scratch): Promise<Contender[]> {
  const redisPort = await freePort();
  const keepNothing = ['--save', '', '--appendonly', 'no', '--dir', scratch.folder];
  const bind = ['--port', String(redisPort), '--bind', '127.0.0.1'];
  const redis = await startServer(scratch, 'redis', ['redis-server', ...bind, ...keepNothing], {
    listening: redisPort,
  });
  const peer = (name: string) => join(PEERS, `${name}.mjs`);
  const database = (name: string) => join(scratch.folder, `${name}.sqlite`);
  const betterAuth = { path: '/api/auth/get-session', signUp: true };
  const withRedis = { besides: [redis] };
  return [
    await startPeer(scratch, '@fastify/session, memory', peer('fastify-session'), [], {}),
    await startPeer(scratch, '@fastify/session, Redis', peer('fastify-session'), [String(redisPort)], withRedis),
    await startPeer(scratch, 'express-session, Redis', peer('express-session'), [String(redisPort)], withRedis),
    await startPeer(scratch, 'better-auth', peer('better-auth'), [database('plain')], betterAuth),
    await startPeer(
      scratch,
      'better-auth, cookie cache',
      peer('better-auth'),
      [database('cached'), 'cache'],
      betterAuth,
    ),
  ];
}

interface PeerOptions {
  readonly path?: string;
  /** Signs up as better-auth has it; otherwise at `/sign-in`. */
  readonly signUp?: boolean;
  readonly besides?: readonly ServerProcess[];
}

/** @param options null where nobody signs in */
async function startPeer(
  scratch: Scratch,
  name: string,
  file: string,
  args: readonly string[],
  options: PeerOptions | null,
): Promise<Contender> {
  const port = await freePort();
  const env = { NODE_ENV: 'production' };
  const command = [process.execPath, file, String(port), ...args] as const;
  const server = await startServer(scratch, name.replaceAll(/\W+/g, '-'), [...command], { saying: /^ready$/m, env });
  const url = `http://127.0.0.1:${port}`;
  const cookie = options === null ? null : await signInAtPeer(url, options.signUp === true);
  return {
    name,
    url: url + (options?.path ?? CHECK),
    headers: cookie === null ? {} : { Cookie: cookie },
    processes: [server, ...(options?.besides ?? [])],
  };
}

async function signInAtPeer(url: string, signUp: boolean): Promise<string> {
  const body = { email: 'bench@example.test', password: 'correct horse battery staple', name: 'bench' };
  const response = await fetch(url + (signUp ? '/api/auth/sign-up/email' : '/sign-in'), {
    method: 'POST',
    headers: { origin: url, ...(signUp && { 'content-type': 'application/json' }) },
    ...(signUp && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`sign-in at ${url}: ${response.status} ${await response.text()}`);
  const cookies = response.headers.getSetCookie().map((each) => each.split(';')[0]);
  return cookies.join('; ');
}
