import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcknowledgedWork } from '../support/acknowledged-work.ts';
import { startPostgres } from '../support/postgres.ts';
import type { TestPostgres } from '../support/postgres.ts';
import {
  EVENTS,
  WATCH,
  endOf,
  holdStream,
  insertKubernetesSession,
  startReplicaPair,
} from '../support/replica-pair.ts';
import type { ReplicaPair } from '../support/replica-pair.ts';
import { soon } from '../support/soon.ts';
import { TestBrowser } from '../support/test-portal.ts';

const BOUND_MS = 5000;
/** The database is asked every second: its last answer may be that old when it goes. */
const ASKED_MS = 1000;
/** What a busy machine adds. */
const SLACK_MS = 1500;
/** What a request may take that gets no connection, or one whose statement is not answered (operating guide). */
const MOST_MS = 8000;
const MINUTE_MS = 60_000;
/** A deadline that comes while the database is gone. */
const DUE_MS = 3000;

/** Two replicas on a PostgreSQL of their own, which goes and comes back. */
describe('PostgreSQL', () => {
  let postgres: TestPostgres;
  let pair: ReplicaPair;

  beforeAll(async () => {
    postgres = await startPostgres();
    pair = await startReplicaPair(postgres.url, { flags: ['--database-silence-seconds', String(BOUND_MS / 1000)] });
  });
  afterAll(async () => {
    await pair.stop();
    postgres.remove();
  });

  const both = () => [pair.ada, pair.ada.at(pair.other.url)];
  const begin = (work: AcknowledgedWork, name: string) =>
    both().map((ada, index) => work.begin(ada, `${name}-${index}`, 1));
  const holdStreams = () => Promise.all(both().flatMap((ada) => [EVENTS, WATCH].map((path) => holdStream(ada, path))));
  const refused = (ada: TestBrowser) =>
    soon(
      () => ada.get('/api/session/check'),
      ({ status }) => status === 503,
      ASKED_MS + SLACK_MS,
    );
  const serves = (ada: TestBrowser) =>
    soon(
      () => ada.get('/api/session/check'),
      ({ status }) => status === 204,
      3000 + SLACK_MS,
    );

  it('killed with -9: 503, streams end at the bound, deadlines hold, and nothing acknowledged is lost', async () => {
    await pair.ada.send('PUT', '/api/system-config/MaximumK8sSessionDuration', { type: 'AppConfig', value: '1' });
    const work = new AcknowledgedWork();
    const loads = begin(work, 'kill');
    await delay(1000);
    const streams = await holdStreams();
    const again = new TestBrowser(pair.other.url);
    await again.signIn('ada');
    const dueAt = performance.now() + DUE_MS;
    const token = await insertKubernetesSession(postgres.url, again, MINUTE_MS - DUE_MS);
    const authorization = { authorization: `Bearer ${token}` };
    const due = await holdStream(again, WATCH, authorization);

    postgres.kill();
    const killedAt = performance.now();
    for (const ada of both()) {
      const answer = await refused(ada);
      expect(answer.body).toMatchObject({ code: 'unavailable' });
      expect(answer.headers.get('retry-after')).toBe('2');
      expect((await ada.get('/readyz')).status).toBe(503);
    }
    const lateness = await due.overAfter(dueAt);
    expect(lateness).toBeGreaterThan(-20);
    expect(lateness).toBeLessThan(SLACK_MS);
    for (const { overAfter } of streams) {
      const after = await overAfter(killedAt);
      expect(after).toBeGreaterThan(BOUND_MS - ASKED_MS - 500);
      expect(after).toBeLessThan(BOUND_MS + SLACK_MS);
    }
    expect((await both()[0]?.fetch('GET', EVENTS))?.status).toBe(503);

    postgres.start();
    for (const ada of both()) await serves(ada);
    await Promise.all(loads.map(({ stop }) => stop()));
    for (const ada of both()) expect(await work.missingAt(ada)).toEqual([]);
    expect(work.refusals.length).toBeGreaterThan(0);
    for (const { headers } of work.refusals) expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(work.slowestMs).toBeLessThan(MOST_MS);
    expect((await again.get(WATCH, authorization)).status).toBe(401);
    await soon(
      () => endOf(postgres.url, token),
      ({ reason }) => reason === 'max-duration',
      3000,
    );
    expect(await endOf(postgres.url, token)).toEqual({ reason: 'max-duration', afterMs: MINUTE_MS });
  }, 60_000);

  it('restarted as planned: 503 meanwhile, and streams go on', async () => {
    const streams = await holdStreams();
    const work = new AcknowledgedWork();
    const loads = begin(work, 'restart');
    await delay(500);
    postgres.stop('fast');
    for (const ada of both()) await refused(ada);
    await delay(1000);
    postgres.start();
    for (const ada of both()) await serves(ada);
    await Promise.all(loads.map(({ stop }) => stop()));
    for (const ada of both()) expect(await work.missingAt(ada)).toEqual([]);
    expect(work.slowestMs).toBeLessThan(MOST_MS);
    await delay(BOUND_MS);
    expect(streams.map(({ isOpen }) => isOpen())).toEqual(streams.map(() => true));
  }, 60_000);
});
