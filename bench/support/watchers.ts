import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scratch } from './scratch.ts';

export interface WatcherOrders {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly tls: boolean;
  /** One for each watch: its `Authorization`, or whatever else it is let in by. */
  readonly headers: readonly string[];
  /** How many are opened at a time. */
  readonly atOnce: number;
}

/** Instants in milliseconds since the epoch, by the client's own clock. */
export interface WatcherReport {
  readonly startedAt: number;
  readonly lastOpenedAt: number;
  /** By the index of the watch; null while it is open. */
  readonly closedAt: readonly (number | null)[];
  readonly failures: readonly string[];
}

/** Watches that another process holds open. */
export interface Watchers {
  readonly openedInMs: number;
  /** When each was gone, once so many are. @throws Error when they are not within `withinMs` */
  closed(count: number, withinMs: number): Promise<readonly (number | null)[]>;
  stop(): Promise<void>;
}

type Client = ChildProcessByStdio<Writable, Readable, null>;
let clients = 0;

/** @throws Error when one of them was refused */
export async function openWatches(scratch: Scratch, orders: WatcherOrders): Promise<Watchers> {
  const file = join(scratch.folder, `watchers-${++clients}.json`);
  writeFileSync(file, JSON.stringify(orders));
  const program = join(import.meta.dirname, '..', 'clients', 'watchers.ts');
  const client: Client = spawn(process.execPath, [program, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const stop = async (): Promise<void> => {
    if (client.exitCode !== null || client.signalCode !== null) return;
    const exited = once(client, 'exit');
    client.kill('SIGKILL');
    await exited;
  };
  scratch.defer(stop);
  const lines = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<WatcherReport> => {
    const { value } = (await lines.next()) as { value: string | undefined };
    if (value === undefined) throw new Error('the client of the watches is gone');
    return JSON.parse(value) as WatcherReport;
  };
  const { startedAt, lastOpenedAt, failures } = await read();
  if (failures.length > 0) throw new Error(`a watch was not opened: ${failures[0]}`);
  return {
    openedInMs: lastOpenedAt - startedAt,
    async closed(count, withinMs) {
      const deadline = performance.now() + withinMs;
      for (;;) {
        client.stdin.write('report\n');
        const { closedAt } = await read();
        const gone = closedAt.filter((at) => at !== null).length;
        if (gone >= count) return closedAt;
        if (performance.now() > deadline) throw new Error(`${gone} of ${count} watches were cut in ${withinMs} ms`);
        await sleep(100);
      }
    },
    stop,
  };
}
