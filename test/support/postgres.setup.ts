import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL of this run, at its database `postgres`. It syncs nothing to the disk. */
    postgresUrl: string;
  }
}

/** Starts a PostgreSQL for the project's tests. @returns how to stop it */
export async function setup(project: TestProject): Promise<() => void> {
  const postgres = await startPostgres(['fsync=off', 'max_connections=300']);
  project.provide('postgresUrl', postgres.url);
  return () => postgres.remove();
}
