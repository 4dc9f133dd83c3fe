import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ask, createDatabase, dropDatabase } from '../../test/support/postgres.ts';
import { openPostgresStore } from './postgres.ts';
import { describeStore } from './store.contract.ts';
import type { Store } from './store.ts';

const server = inject('postgresUrl');
let template: string;
beforeAll(async () => {
  template = await createDatabase(server);
  await (await openPostgresStore({ url: template })).close();
});
afterAll(() => dropDatabase(template));

/** A store on a database of its own, which goes with it. */
async function open(): Promise<Store> {
  const url = await createDatabase(server, new URL(template).pathname.slice(1));
  const store = await openPostgresStore({ url });
  return {
    ...store,
    async close() {
      await store.close();
      await dropDatabase(url);
    },
  };
}

describeStore('PostgreSQL', open);

it('tells the time of its clock', async () => {
  const store = await open();
  const [row] = await ask<{ ms: number }>(server, 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
  const now = await store.databaseNow?.();
  expect(Number.isInteger(now)).toBe(true);
  expect(Math.abs((now ?? 0) - (row?.ms ?? 0))).toBeLessThan(10_000);
  await store.close();
});
