import type { Clock } from '../core/clock.ts';
import type { SignIns } from './sign-ins.ts';
import type { Terminal } from './terminal.ts';

/** What a command finds around itself. Commands get it from `src/main/command-line.ts` and touch nothing else of the process. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly signIns: SignIns;
  print(text: string): void;
  /** The same to stderr: for whoever sits there, and not for what reads the output. */
  tell(text: string): void;
}
