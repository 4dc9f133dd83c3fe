import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of this program, as its package says. */
export function readVersion(): string {
  const packageJson = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(packageJson) as { version: string }).version;
}
