import type { Logger } from 'pino';
import type { Clock, Timer } from '../core/clock.ts';
import { SKEW_ALARM_MS } from '../sessions/ports.ts';
import type { Hearing, Replica as ReplicaRow, ReplicaStore } from '../sessions/ports.ts';
import type { UsersElsewhere } from '../identity/users-elsewhere.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { Feed } from './feed.ts';
import type { FeedPorts } from './feed.ts';
import { parseHint, warnedPayload } from './hints.ts';
import type { Warned } from './hints.ts';
import { ToldRows } from './told-rows.ts';

/** How often a replica says that it is there. */
const REPORT_EVERY_MS = 5000;
const LOOK_EVERY_MS = 1000;
export interface ReplicaPorts {
  readonly id: string;
  readonly address: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sessions: Sessions;
  readonly store: ReplicaStore;
  readonly users: UsersElsewhere;
  /** Reads the registered dashboards anew. @throws what the store threw */
  rereadDashboards(): Promise<void>;
  connect: FeedPorts['connect'];
  /** Somebody was warned, here or by another replica. */
  heardWarned(warned: Warned): void;
  /** By how much the machine's own clock is ahead of the database's, in milliseconds. */
  skewMs(): number;
  /** How long streams may go on while nobody knows whether their sessions still live. */
  readonly boundMs: number;
}

/** One of several processes that serve the same sessions: hears what the others write, and says that it is there. */
export class Replica implements Pick<Hearing, 'isCurrent' | 'catchUp'> {
  readonly #ports: ReplicaPorts;
  readonly #feed: Feed;
  readonly #startedAt: number;
  readonly #timers = new Map<string, Timer>();
  readonly #sessions: ToldRows;
  readonly #users: ToldRows;
  #alarmed = false;

  constructor(ports: ReplicaPorts) {
    const { clock, log, boundMs } = ports;
    this.#ports = ports;
    this.#startedAt = clock.now();
    this.#sessions = new ToldRows((ids) => ports.sessions.elsewhere.reread(ids));
    this.#users = new ToldRows((ids) => ports.users.reread(ids));
    this.#feed = new Feed(
      {
        clock,
        connect: ports.connect,
        hear: (payload) => this.#hear(payload),
        reread: () => this.#readAgain(),
        stale: () => this.#cutStreams(),
        changed(isCurrent, why) {
          if (isCurrent) log.info('this replica hears what others write');
          else log.error({ err: why }, 'this replica lost the database: each request asks it, until it answers again');
        },
      },
      { boundMs },
    );
  }

  /** Tells the other replicas that somebody was warned, so that they do not say it again. */
  tellWarned(warned: Warned): void {
    this.#feed.tell(warnedPayload(warned));
  }

  isCurrent(): boolean {
    return this.#feed.isCurrent();
  }

  async catchUp(): Promise<void> {
    const { sessions, users, rereadDashboards } = this.#ports;
    await Promise.all([sessions.load(), users.rereadAccess(), rereadDashboards()]);
  }

  /** @throws when the database does not answer */
  async start(): Promise<void> {
    await this.#feed.start();
    this.#regularly('look', LOOK_EVERY_MS, () => this.#look());
    await this.#report();
    this.#regularly('report', REPORT_EVERY_MS, () => this.#report());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) timer.dispose();
    this.#timers.clear();
    this.#feed.stop();
    await this.#ports.store.removeReplica(this.#ports.id).catch((error: unknown) => this.#failed(error));
  }

  #hear(payload: string): void {
    const hint = parseHint(payload);
    switch (hint?.what) {
      case 'session':
        return this.#hearOfSession(hint.id);
      case 'limits':
        return this.#feed.act(() => this.#ports.sessions.load());
      case 'grants':
      case 'tenants':
        return this.#feed.act(() => this.#ports.users.rereadAccess());
      case 'dashboards':
        return this.#feed.act(() => this.#ports.rereadDashboards());
      case 'user':
        return this.#feed.actInTurn((began) => this.#users.read(hint.id, began));
      case 'warned':
        return this.#ports.heardWarned(hint);
      case undefined:
    }
  }

  #hearOfSession(id: string): void {
    const held = this.#ports.sessions.pool.find(id);
    if (held === undefined || held.ended !== null) return;
    this.#feed.actInTurn((began) => this.#sessions.read(id, began));
  }

  async #readAgain(): Promise<void> {
    await this.catchUp();
    await this.#ports.sessions.elsewhere.rereadAll();
    await this.#ports.users.rereadAll();
  }

  async #look(): Promise<void> {
    await this.#ports.sessions.elsewhere.rereadDue();
    await this.#ports.users.endLost();
  }

  #cutStreams(): void {
    this.#ports.log.error('the database has not answered for too long: all streams here are cut');
    const end = { at: this.#ports.clock.now(), reason: 'shutdown', limit: null } as const;
    this.#ports.sessions.pool.cutAllStreams(end);
  }

  async #report(): Promise<void> {
    const { id, address, version, clock, sessions, store } = this.#ports;
    const skewMs = this.#ports.skewMs();
    this.#alarm(skewMs);
    const streams = Object.values(sessions.pool.countStreams()).reduce((sum, count) => sum + count, 0);
    const row: ReplicaRow = { id, address, version, startedAt: this.#startedAt, seenAt: clock.now(), skewMs, streams };
    await store.reportReplica(row);
  }

  #alarm(skewMs: number): void {
    const isOff = Math.abs(skewMs) > SKEW_ALARM_MS;
    if (isOff && !this.#alarmed) {
      this.#ports.log.warn({ skewMs }, 'the clock of this machine is off; deadlines go by the clock of the database');
    }
    this.#alarmed = isOff;
  }

  #regularly(name: string, everyMs: number, work: () => Promise<void>): void {
    const { clock } = this.#ports;
    const again = (): void => {
      this.#timers.set(
        name,
        clock.setTimer(clock.now() + everyMs, () => {
          work()
            .catch((error: unknown) => this.#failed(error))
            .finally(() => {
              if (this.#timers.has(name)) again();
            });
        }),
      );
    };
    again();
  }

  /** The feed says when the database is gone; here it is only noted. */
  #failed(error: unknown): void {
    this.#ports.log.debug({ err: error }, 'a replica could not do what it does regularly');
  }
}
