import { Command, CommanderError } from 'commander';
import { addUserCommands } from '../cli/commands.ts';
import { exitCodesHelp } from '../cli/exit-codes.ts';
import { SignIns } from '../cli/sign-ins.ts';
import type { Surroundings } from '../cli/surroundings.ts';
import { createTerminal } from '../cli/terminal.ts';
import { PortalError } from '../core/portal-error.ts';
import { createSystemClock } from '../system/clock.ts';
import { helpHint } from './help-hint.ts';

/** The commands of the server, which bring the whole server with them. */
export interface ServerCommands {
  addServerCommands(program: Command): void;
  /** An error as the sentence that says what to do; null for any other one. */
  sentenceOf(thrown: unknown): string | null;
}

/**
 * Runs what the process was called with, and ends it with an exit code of `src/cli/exit-codes.ts`.
 *
 * @param loadServer for a program that has the server's commands, too: they are loaded where no command for users is meant
 */
export async function runCommandLine(version: string, loadServer: () => Promise<ServerCommands | null>): Promise<void> {
  const isForPrograms = process.argv.includes('--json');
  // Whoever read the output has seen enough, such as `head`.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
  const program = new Command('curfew')
    .description('A self-hosted access portal in which every session ends on time.')
    .version(version)
    .exitOverride()
    .showHelpAfterError(helpHint())
    .addHelpText('after', exitCodesHelp());
  if (isForPrograms) program.configureOutput({ outputError: () => undefined, writeErr: () => undefined });
  addUserCommands(program, surroundings);
  // kubectl waits for `curfew credential`.
  const isForUsers = program.commands.some((command) => command.name() === process.argv[2]);
  const server = isForUsers ? null : await loadServer();
  server?.addServerCommands(program);
  try {
    await program.parseAsync();
  } catch (thrown) {
    await fail(thrown, server?.sentenceOf(thrown) ?? null, isForPrograms);
  }
}

function surroundings(): Surroundings {
  return {
    platform: process.platform,
    env: process.env,
    clock: createSystemClock(),
    terminal: createTerminal(process),
    signIns: new SignIns(process.env),
    print: (text) => process.stdout.write(`${text}\n`),
    tell: (text) => process.stderr.write(`${text}\n`),
  };
}

/** Says why, in a sentence or as JSON, and exits. Not by waiting: a start that failed may have left timers and connections. */
async function fail(thrown: unknown, sentence: string | null, isForPrograms: boolean): Promise<never> {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) process.exit(0);
    // Commander has said it already in words.
    if (isForPrograms) say('invalid-request', thrown.message.replace(/^error: /, ''), 2, isForPrograms);
    process.exit(2);
  }
  if (sentence !== null) {
    say('invalid-request', sentence, 2, isForPrograms);
    process.exit(2);
  }
  if (thrown instanceof PortalError) {
    const { PROBLEMS } = await import('../wire/problems.ts');
    const { exit } = PROBLEMS[thrown.code];
    say(thrown.code, thrown.message, exit, isForPrograms);
    process.exit(exit);
  }
  // A file that cannot be read or written is no bug, and where in the program that was, is of no use to whoever called it.
  const isOfFiles = thrown instanceof Error && 'syscall' in thrown && 'path' in thrown;
  if (!isForPrograms && !isOfFiles) throw thrown;
  say('internal-error', thrown instanceof Error ? thrown.message : String(thrown), 1, isForPrograms);
  process.exit(1);
}

function say(code: string, message: string, exit: number, isForPrograms: boolean): void {
  process.stderr.write(isForPrograms ? `${JSON.stringify({ code, message, exit })}\n` : `${message}\n`);
}
