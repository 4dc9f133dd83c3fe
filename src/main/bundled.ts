import { runCommandLine } from './run-command-line.ts';

declare const CURFEW_VERSION: string;

// What `vite.cli.config.ts` builds, and the portal serves: the commands for users alone, in one file.
void runCommandLine(CURFEW_VERSION, () => Promise.resolve(null));
