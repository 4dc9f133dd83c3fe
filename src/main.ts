import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

// kubectl waits for this one: compiled before, it starts in half of the time. In a folder of the user's own, since what
// lies there is run.
if (process.argv[2] === 'credential') {
  const cacheHome = process.env['XDG_CACHE_HOME'] ?? '';
  enableCompileCache(join(isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache'), 'curfew', 'compiled'));
}

await import('./main/command-line.ts');
