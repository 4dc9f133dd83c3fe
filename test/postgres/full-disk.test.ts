import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurfewHouse } from '../support/curfew-process.ts';
import type { ServingCurfew } from '../support/curfew-process.ts';
import { startPostgres } from '../support/postgres.ts';
import type { TestPostgres } from '../support/postgres.ts';
import { EVENTS, holdStream } from '../support/replica-pair.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import type { SmallDisk } from '../support/small-disk.ts';
import { soon } from '../support/soon.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';

/** How long an end may take to be recorded once there is room; it is tried every second. */
const RECORDED_MS = 4000;
/** What is written until the last page that was begun is full. */
const FULL_MS = 20_000;

describe.each(['PostgreSQL', 'SQLite'])('a disk that is full, under %s', (kind) => {
  let disk: SmallDisk;
  let postgres: TestPostgres | null = null;
  let house: CurfewHouse;
  let portal: ServingCurfew;

  const serve = (): Promise<ServingCurfew> =>
    postgres === null ? house.serve('--data-dir', join(disk.folder, 'data')) : house.serve('--database', postgres.url);
  beforeAll(async () => {
    disk = mountSmallDisk(kind === 'SQLite' ? 16 : 128);
    if (kind === 'PostgreSQL') postgres = await startPostgres([], disk.folder);
    house = new CurfewHouse();
    portal = await serve();
  });
  afterAll(async () => {
    portal.signal('SIGKILL');
    await portal.ended;
    postgres?.remove();
    disk.remove();
  });

  it('refuses sign-ins, ends sessions at once, and records that when there is room', async () => {
    const ada = new TestBrowser(portal.url);
    await ada.send('POST', '/api/setup', { token: portal.setupToken, username: 'ada', password: PASSWORD });
    await ada.send('POST', '/api/users', { username: 'bob', password: PASSWORD, role: 'User' });
    const bob = new TestBrowser(portal.url);
    const { id } = (await bob.signIn('bob')).body.session as { id: string };
    const events = await holdStream(bob, EVENTS);

    disk.fill();
    const acknowledged: TestBrowser[] = [];
    const refused = await soon(
      async () => {
        const browser = new TestBrowser(portal.url);
        const answer = await browser.send('POST', '/api/session', { username: 'ada', password: PASSWORD });
        if (answer.status === 201) acknowledged.push(browser);
        return answer;
      },
      ({ status }) => status !== 201,
      FULL_MS,
    );
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(refused.body.detail).toMatch(/no room/);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await ada.get('/api/session/check')).status).toBe(204);

    const endedAt = performance.now();
    const ending = await ada.send('DELETE', `/api/sessions/${id}`);
    expect(await events.overAfter(endedAt)).toBeLessThan(1000);
    expect(ending).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(ending.body.detail).toMatch(/has ended/);
    expect((await bob.get('/api/session/check')).status).toBe(401);

    disk.free();
    await soon(
      () => ada.get('/api/audit?search=session.ended'),
      ({ body }) => JSON.stringify(body).includes(id),
      RECORDED_MS,
    );
    acknowledged.push(ada, new TestBrowser(portal.url));
    expect((await acknowledged.at(-1)?.signIn('ada'))?.status).toBe(201);

    portal.signal('SIGKILL');
    await portal.ended;
    portal = await serve();
    for (const browser of acknowledged)
      expect((await browser.at(portal.url).get('/api/session/check')).status).toBe(204);
    expect((await bob.at(portal.url).get('/api/session/check')).body).toMatchObject({ endReason: 'revoked' });
  }, 120_000);
});
