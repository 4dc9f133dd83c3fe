import { runCommandLine } from './run-command-line.ts';
import { readVersion } from './version.ts';

await runCommandLine(readVersion(), () => import('./server-commands.ts'));
