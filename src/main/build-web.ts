import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where the built UI is. */
export const WEB_ROOT = join(ROOT, 'dist', 'web');
/** Where the command line for users is, as one file. */
export const BUNDLE_ROOT = join(ROOT, 'dist', 'cli');
/** What is built, each by a configuration of its own. */
const CONFIGURATIONS = ['vite.config.ts', 'vite.cli.config.ts'];
/** What it depends on. */
const SOURCES = ['src/web', 'src/core', 'src/wire', 'src/cli'];
const FILES = [
  ...CONFIGURATIONS,
  ...['package.json', 'package-lock.json', 'src/system/clock.ts'],
  ...['bundled', 'run-command-line', 'help-hint'].map((name) => `src/main/${name}.ts`),
];

/**
 * Builds the web UI into `dist/web` and the command line for users into `dist/cli`, unless what is there was built from the same sources.
 *
 * @returns whether it had to be built
 */
export async function buildWebIfStale(): Promise<boolean> {
  const stamp = join(ROOT, 'dist', 'web.key');
  const key = hashSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return false;
  const { build } = await import('vite');
  const { NODE_ENV: before } = process.env;
  for (const name of CONFIGURATIONS) await build({ configFile: join(ROOT, name), logLevel: 'error' });
  // Vite leaves it at `production`, also for what is started after it.
  if (before === undefined) delete process.env['NODE_ENV'];
  writeFileSync(stamp, key);
  return true;
}

/** A sentence for whoever serves a portal without pages; null where they are there. */
export function describeMissingWeb(webRoot = WEB_ROOT): string | null {
  if (existsSync(webRoot)) return null;
  return 'The web UI is not built: there are no pages, only the API. Run `npm start` once, or `npm run build:web`.';
}

function hashSources(): string {
  const hash = createHash('sha256');
  const paths = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const path of [...paths.toSorted(), ...FILES.map((file) => join(ROOT, file))]) {
    hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}
