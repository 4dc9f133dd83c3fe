import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ask, createDatabase, dropDatabase } from '../support/postgres.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

let url: string;
let test: TestPortal;
beforeAll(async () => {
  url = await createDatabase(inject('postgresUrl'));
  test = await startTestPortal({ database: url });
});
afterAll(async () => {
  await test.stop();
  await dropDatabase(url);
});

it('answers 503 with Retry-After while every connection is taken, and serves again afterwards', async () => {
  const ada = await test.administrator();
  const held = ask(url, 'begin; lock table audit; select pg_sleep(4); commit');
  // Where the test fails before, the database stops under it.
  held.catch(() => undefined);
  await expect
    .poll(() => ask(url, "select 1 from pg_locks where mode = 'AccessExclusiveLock' and relation = 'audit'::regclass"))
    .toHaveLength(1);
  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 30 }, () => ada.get('/api/audit')));
  const refused = answers.filter(({ status }) => status === 503);
  // Ten wait at the lock; nobody else gets a connection.
  expect(refused.length).toBeGreaterThanOrEqual(20);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  for (const { headers, body } of refused) {
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({ code: 'unavailable', status: 503 });
  }
  await held;
  expect((await ada.get('/api/audit')).status).toBe(200);
});
