import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Scratch } from './scratch.ts';
import { cpuMsOf } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';
import { median } from './statistics.ts';

const run = promisify(execFile);

/** One of those that are measured side by side. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A wrk script in place of the headers, where requests differ. */
  readonly script?: string;
  /** Everything that works for a request, a database for sessions included; the load and the upstream are not. */
  readonly processes: readonly ServerProcess[];
}

export interface Turn {
  readonly requests: number;
  readonly perSecond: number;
  /** CPU of the contender's processes for one request. */
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadShape {
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

/**
 * Loads the contenders in turn, each for some seconds, round after round, so that whatever else the machine does meets
 * all of them. Returns the median of the rounds for each.
 *
 * @throws Error when a request failed or was refused: refusals are fast
 */
export async function measureInTurn(contenders: readonly Contender[], shape: LoadShape): Promise<Map<string, Turn>> {
  for (const contender of contenders) await load(contender, { ...shape, seconds: Math.min(2, shape.seconds) });
  const turns = new Map<string, Turn[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < shape.rounds; round++) {
    for (const contender of contenders) turns.get(contender.name)?.push(await load(contender, shape));
  }
  return new Map([...turns].map(([name, each]) => [name, medianOf(each)]));
}

/** The rows of a table of contenders, with their ratios to the first one. */
export function turnRows(turns: ReadonlyMap<string, Turn>): (string | number)[][] {
  const [first] = turns.values();
  return [...turns].map(([name, { cpuUs, perSecond, p50Ms, p99Ms }]) => [
    name,
    cpuUs,
    Math.round(perSecond),
    p50Ms,
    p99Ms,
    (first?.cpuUs ?? Number.NaN) / cpuUs,
    perSecond / (first?.perSecond ?? Number.NaN),
  ]);
}

export const TURN_COLUMNS = ['contender', 'CPU µs', 'requests/s', 'p50 ms', 'p99 ms', '× first, CPU', '× first, req/s'];

/** Sends each of many cookies in turn. */
export function cookieScript(scratch: Scratch, cookies: readonly string[], host: string): string {
  const list = join(scratch.folder, 'cookies.txt');
  const script = join(scratch.folder, 'cookies.lua');
  writeFileSync(list, cookies.join('\n'));
  writeFileSync(
    script,
    `local requests, next = {}, 0
function init()
  for cookie in io.lines(${JSON.stringify(list)}) do
    requests[#requests + 1] = wrk.format('GET', nil, { ['Cookie'] = cookie, ['Host'] = ${JSON.stringify(host)} })
  end
end
function request()
  next = next % #requests + 1
  return requests[next]
end
`,
  );
  return script;
}

async function load(contender: Contender, { connections, seconds }: LoadShape): Promise<Turn> {
  const { name, url, headers, script, processes } = contender;
  const pids = processes.map(({ pid }) => pid);
  const headerArgs = Object.entries(headers).flatMap(([key, value]) => ['-H', `${key}: ${value}`]);
  const scriptArgs = script === undefined ? [] : ['-s', script];
  const before = cpuMsOf(pids);
  const shape = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '--latency'];
  const { stdout } = await run('wrk', [...shape, ...headerArgs, ...scriptArgs, url]);
  const cpuMs = cpuMsOf(pids) - before;
  const refused = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(stdout)?.[0];
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  if (refused !== undefined || requests === 0) throw new Error(`${name}: ${refused ?? 'no answers'}`);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return {
    requests,
    perSecond,
    cpuUs: (cpuMs * 1000) / requests,
    p50Ms: milliseconds(/\n\s+50%\s+(\S+)/.exec(stdout)?.[1]),
    p99Ms: milliseconds(/\n\s+99%\s+(\S+)/.exec(stdout)?.[1]),
  };
}

function milliseconds(text = ''): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s)$/.exec(text) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit ?? ''] ?? Number.NaN);
}

function medianOf(turns: readonly Turn[]): Turn {
  const of = (key: keyof Turn) => median(turns.map((turn) => turn[key]));
  return {
    requests: of('requests'),
    perSecond: of('perSecond'),
    cpuUs: of('cpuUs'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
  };
}
