// better-auth on node:http with SQLite, as its documentation sets it up. Usage: node better-auth.mjs PORT FILE [cache]
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';

const [port, file, cache] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL');
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: 'a secret that is long enough for better-auth, which counts',
  database,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  // A signed cookie that holds the session for five minutes: its documented way to spare the database.
  session: { cookieCache: { enabled: cache === 'cache', maxAge: 5 * 60 } },
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const handler = toNodeHandler(betterAuth(options));
createServer((request, response) => void handler(request, response)).listen(Number(port), '127.0.0.1', () =>
  console.log('ready'),
);
