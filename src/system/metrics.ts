import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { EndReason } from '../core/end-reason.ts';
import type { SessionKind } from '../core/session-kind.ts';
import type { StreamKind } from '../sessions/stream.ts';

/** What the portal counts for Prometheus (`/metrics`). */
export interface Metrics {
  text(): Promise<string>;
  readonly contentType: string;
  countStart(kind: SessionKind): void;
  countEnd(kind: SessionKind, reason: EndReason): void;
  /** How late a cut was, in milliseconds after the session's end. */
  observeCut(kind: StreamKind, latenessMs: number): void;
  /** @param code a code of `ERROR_CODES` */
  countRefusal(code: string): void;
  countGatewayRefusal(code: string): void;
}

/** @param live asked at each scrape: live sessions by kind and open streams by kind */
export function createMetrics(live: {
  sessions(): Record<SessionKind, number>;
  streams(): Partial<Record<StreamKind, number>>;
  /** Null where the portal is one process. */
  replica(): { readonly isCurrent: boolean; readonly skewMs: number } | null;
}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const starts = new Counter({
    name: 'curfew_session_starts_total',
    help: 'Sessions started',
    labelNames: ['kind'],
    registers,
  });
  const ends = new Counter({
    name: 'curfew_session_ends_total',
    help: 'Sessions ended',
    labelNames: ['kind', 'reason'],
    registers,
  });
  const refusals = new Counter({
    name: 'curfew_refusals_total',
    help: 'Requests refused',
    labelNames: ['code'],
    registers,
  });
  const gatewayRefusals = new Counter({
    name: 'curfew_gateway_refusals_total',
    help: 'Requests that the gateway refused by itself',
    labelNames: ['code'],
    registers,
  });
  const lateness = new Histogram({
    name: 'curfew_cut_lateness_seconds',
    help: 'How long after the end of its session a stream was cut',
    labelNames: ['kind'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const gauge = (name: string, help: string, read: () => Record<string, number>) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers,
      collect() {
        this.reset();
        for (const [kind, count] of Object.entries(read())) this.set({ kind }, count);
      },
    });
  const number = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('curfew_sessions', 'Live sessions that this process holds', live.sessions);
  gauge('curfew_streams', 'Open streams', live.streams);
  number(
    'curfew_replica_current',
    '1 while this replica hears what others write, 0 while it has lost the database',
    () => (live.replica()?.isCurrent === false ? 0 : 1),
  );
  number(
    'curfew_clock_skew_seconds',
    "By how much this machine's clock is ahead of the database's",
    () => (live.replica()?.skewMs ?? 0) / 1000,
  );

  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    countStart: (kind) => starts.inc({ kind }),
    countEnd: (kind, reason) => ends.inc({ kind, reason }),
    observeCut: (kind, latenessMs) => lateness.observe({ kind }, latenessMs / 1000),
    countRefusal: (code) => refusals.inc({ code }),
    countGatewayRefusal: (code) => gatewayRefusals.inc({ code }),
  };
}
