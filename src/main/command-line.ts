import { Command, CommanderError } from 'commander';
import { addUserCommands } from '../cli/commands.ts';
import { SignIns } from '../cli/sign-ins.ts';
import type { Surroundings } from '../cli/surroundings.ts';
import { createTerminal } from '../cli/terminal.ts';
import { PortalError } from '../core/portal-error.ts';
import { helpHint } from './help-hint.ts';
import { readVersion } from './version.ts';
import { createSystemClock } from '../system/clock.ts';

const program = new Command('curfew')
  .description('A self-hosted access portal in which every session ends on time.')
  .version(readVersion())
  .exitOverride()
  .showHelpAfterError(helpHint());

addUserCommands(program, surroundings);
const isForUsers = program.commands.some((command) => command.name() === process.argv[2]);
// The server's commands bring the whole server with them; kubectl waits for `curfew credential`.
const server = isForUsers ? null : await import('./server-commands.ts');
server?.addServerCommands(program);

function surroundings(): Surroundings {
  return {
    env: process.env,
    clock: createSystemClock(),
    terminal: createTerminal(process),
    signIns: new SignIns(process.env),
    print: (text) => process.stdout.write(`${text}\n`),
  };
}

try {
  await program.parseAsync();
} catch (thrown) {
  // Commander has printed what it has to say: help, or what it did not understand.
  if (thrown instanceof CommanderError) process.exit(thrown.exitCode === 0 ? 0 : 2);
  const sentence = server?.sentenceOf(thrown) ?? null;
  if (sentence !== null) {
    process.stderr.write(`${sentence}\n`);
    // Not by waiting: a start that failed may have left timers and connections.
    process.exit(2);
  }
  if (!(thrown instanceof PortalError)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  const { PROBLEMS } = await import('../wire/problems.ts');
  process.exit(PROBLEMS[thrown.code].exit);
}
