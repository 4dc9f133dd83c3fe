import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from './migrate.ts';
import type { Migration } from './migrate.ts';

/** A database of its own for a test. */
export interface MigratedDatabase {
  migrate(migrations: readonly Migration[]): Promise<string[]>;
  ask(text: string): Promise<object[]>;
  remove(): Promise<void>;
}

const NAMES = MIGRATIONS.map(({ name }) => name);
/** A future that adds a column, which every program since 2 can live with. */
const expanded: Migration = {
  name: '9001-expand',
  oldestProgram: 2,
  up: async (db) => {
    await sql`alter table grants add column note text`.execute(db);
  },
};
/** The future after that, which takes away what programs before 9001 use. */
const contracted: Migration = {
  name: '9002-contract',
  oldestProgram: 9001,
  up: async (db) => {
    await sql`drop table devices`.execute(db);
  },
};

export function describeMigrations(name: string, open: () => Promise<MigratedDatabase>): void {
  describe(`migrations of ${name}`, () => {
    let database: MigratedDatabase;
    beforeEach(async () => {
      database = await open();
    });
    afterEach(() => database.remove());

    it('are taken once, in their order', async () => {
      expect(await database.migrate(MIGRATIONS)).toEqual(NAMES);
      expect(await database.migrate(MIGRATIONS)).toEqual([]);
      expect(await database.migrate([...MIGRATIONS, expanded])).toEqual(['9001-expand']);
    });

    it('of a later version that only add are left to it', async () => {
      await database.migrate([...MIGRATIONS, expanded]);
      expect(await database.migrate(MIGRATIONS)).toEqual([]);
      expect(await database.ask('select note from grants')).toEqual([]);
    });

    it('of a later version that take something away refuse who used it, and nobody else', async () => {
      await database.migrate([...MIGRATIONS, expanded, contracted]);
      await expect(database.migrate(MIGRATIONS)).rejects.toThrow(
        'The database is newer than this program: it has 9001-expand, 9002-contract',
      );
      expect(await database.migrate([...MIGRATIONS, expanded])).toEqual([]);
    });

    it('of two versions that do not know each other are refused', async () => {
      await database.migrate([...MIGRATIONS, { ...expanded, name: '9001-other' }]);
      await expect(database.migrate([...MIGRATIONS, expanded])).rejects.toThrow('9001-other');
    });

    it('change nothing where one of them fails', async () => {
      const failing: Migration = {
        ...contracted,
        up: async (db) => {
          await sql`drop table devices`.execute(db);
          throw new Error('no');
        },
      };
      await database.migrate(MIGRATIONS);
      await expect(database.migrate([...MIGRATIONS, expanded, failing])).rejects.toThrow('no');
      expect(await database.ask('select * from devices')).toEqual([]);
      expect(await database.ask('select name from kysely_migration order by name')).toEqual(
        NAMES.map((each) => ({ name: each })),
      );
    });
  });
}
