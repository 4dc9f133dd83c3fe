import { inject } from 'vitest';
import { ask, createDatabase, dropDatabase } from '../../test/support/postgres.ts';
import { describeMigrations } from './migrate.contract.ts';
import { migratePostgres } from './postgres.ts';

describeMigrations('PostgreSQL', async () => {
  const url = await createDatabase(inject('postgresUrl'));
  return {
    migrate: (migrations) => migratePostgres({ url }, migrations),
    ask: (text) => ask(url, text),
    remove: () => dropDatabase(url),
  };
});
