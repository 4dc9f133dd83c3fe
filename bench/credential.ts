import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildWebIfStale } from '../src/main/build-web.ts';
import type { Benchmark } from './support/benchmark.ts';
import { startPortalProcess } from './support/portal-process.ts';
import { PASSWORD, seedDataFolder } from './support/seed.ts';
import { median, percentile, round } from './support/statistics.ts';
import { STUB, startWatchStub } from './support/stub-cluster.ts';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'src', 'main.ts');

/** A program that is started in turn with the others; `before` is not counted. */
interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly before?: () => void;
}

/** `curfew credential`, which every kubectl waits for, from the start of the process to its end. */
export const credential: Benchmark = {
  name: 'credential',
  title: 'the exec credential plugin of kubectl',
  async run(options, scratch) {
    const stub = await startWatchStub(scratch);
    const dataDir = join(scratch.folder, 'data');
    await seedDataFolder(dataDir, []);
    const portal = await startPortalProcess(scratch, options, { name: 'curfew', dataDir, kubeconfig: stub.kubeconfig });
    const home = join(scratch.folder, 'home');
    mkdirSync(home);
    const server = `http://${portal.host}`;
    const run = (command: readonly string[], input = ''): number => runOnce(command, home, input);
    run([process.execPath, MAIN, 'login', '--server', server, '--username', 'bench-0', '--password-stdin'], PASSWORD);
    // As users install it: the one file that the portal serves, in a folder of theirs.
    const installed = join(home, 'curfew');
    await buildWebIfStale();
    copyFileSync(join(ROOT, 'dist', 'cli', 'curfew'), installed);
    const args = ['credential', '--cluster', STUB, '--server', server];
    const command = [process.execPath, installed, ...args];
    const programs: readonly Program[] = [
      { name: 'curfew credential, kept', command },
      {
        name: 'curfew credential, asks the portal',
        command,
        before: () => rmSync(join(home, '.config', 'curfew', 'credentials'), { recursive: true, force: true }),
      },
      { name: "the server's own sources, kept", command: [process.execPath, MAIN, ...args] },
      { name: 'node, doing nothing', command: [process.execPath, '-e', '0'] },
      { name: '/bin/true', command: ['/bin/true'] },
    ];
    // A session has at most 50 tokens.
    const rounds = options.quick ? 5 : 40;
    const took = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
    for (let turn = 0; turn <= rounds; turn++) {
      for (const program of programs) {
        program.before?.();
        const ms = run(program.command);
        // The first time compiles what is kept compiled.
        if (turn > 0) took.get(program.name)?.push(ms);
      }
    }
    const medianOf = (name = ''): number => median(took.get(name) ?? []);
    return {
      figures: programs.slice(0, 2).map(({ name }) => ({
        name: `${name}: median`,
        value: medianOf(name),
        unit: 'ms',
        bound: { atMost: 150 },
      })),
      tables: [
        {
          title: `${rounds} times, in turn`,
          columns: ['program', 'median ms', 'p90 ms'],
          rows: [...took].map(([name, each]) => [name, round(median(each)), round(percentile(each, 0.9))]),
        },
      ],
    };
  },
};

/** @returns milliseconds @throws Error where it fails */
function runOnce([program = '', ...args]: readonly string[], home: string, input: string): number {
  const env = { PATH: process.env['PATH'], HOME: home, TZ: 'UTC' };
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(program, args, { env, input, encoding: 'utf8' });
  const took = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}: ${stderr}`);
  return took;
}
