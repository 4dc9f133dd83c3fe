import { Option, InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../config/load-config.ts';
import type { Config } from '../config/load-config.ts';
import { OPTION_NAMES, defaultOf, environmentName, optionsSchema } from '../config/options.ts';
import type { OptionName } from '../config/options.ts';
import { CopyError } from '../store/copy.ts';
import { SchemaError } from '../store/migrate.ts';
import { buildWebIfStale } from './build-web.ts';
import { helpHint } from './help-hint.ts';
import { resetAdministrator } from './reset-admin.ts';
import { CommandError, serve, takeDataFolder } from './serve.ts';
import { installShellPackages } from './shell-packages.ts';
import { backUp, copyStore, migrateStore, restore } from './store-commands.ts';
import { locationOf, requireFile, sqliteProblem } from './store-location.ts';

/** Errors that say to whoever sits at the terminal what to do. */
const IN_WORDS = [ConfigError, CommandError, CopyError, SchemaError];

/** What matters to the commands that only work on the store. */
const STORE_OPTIONS: readonly OptionName[] = ['data-dir', 'database', 'secret-key-file'];

/** Registers the commands of the server. */
export function addServerCommands(program: Command): void {
  program.commandsGroup('For the server:');
  addServing(program);
  addResetAdmin(program);
  addStoreCommands(program);
}

/** An error as the sentence that says to whoever sits at the terminal what to do; null for any other one. */
export function sentenceOf(thrown: unknown): string | null {
  const error = sqliteProblem(thrown) ?? thrown;
  return IN_WORDS.some((kind) => error instanceof kind) ? (error as Error).message : null;
}

function addServing(program: Command): void {
  withOptions(program.command('serve').description('Runs the portal, with the web UI as it was built.')).action(
    async (flags: Record<string, unknown>) => {
      await serve(configOf(flags));
    },
  );

  withOptions(
    program.command('start').description('Builds the web UI where needed, then runs the portal (npm start).'),
  ).action(async (flags: Record<string, unknown>) => {
    const config = configOf(flags);
    if (await buildWebIfStale()) process.stdout.write('Web UI: built.\n');
    if (config.shellPods === null) await installShellPackages((line) => process.stdout.write(`${line}\n`));
    await serve(config);
  });
}

function addResetAdmin(program: Command): void {
  withOptions(
    program
      .command('reset-admin')
      .description(
        'Makes somebody an administrator with a new password, for a lost administrator. The portal must be stopped.',
      )
      .argument('<username>', 'who; created where there is nobody of that name', (text: string) => {
        if (text.trim() === '') throw new InvalidArgumentError('Give a username.');
        return text;
      }),
    STORE_OPTIONS,
  ).action(async (name: string, flags: Record<string, unknown>) => {
    const config = configOf(flags);
    requireFile(locationOf(config));
    const lock = takeDataFolder(config);
    try {
      const { username, password } = await resetAdministrator(config, name);
      process.stdout.write(`${username} is an administrator. New password, shown once:\n${password}\n`);
    } finally {
      lock.release();
    }
  });
}

function addStoreCommands(program: Command): void {
  withOptions(
    program
      .command('migrate')
      .description('Brings the database up to date, as a start does: for an upgrade whose replicas start later.'),
    STORE_OPTIONS,
  ).action(async (flags: Record<string, unknown>) => print(await migrateStore(configOf(flags))));

  withOptions(
    program
      .command('backup')
      .description('Writes all that the database holds, as it is now, to a file. The portal may run meanwhile.')
      .argument('<file>', 'a new file'),
    STORE_OPTIONS,
  ).action(async (file: string, flags: Record<string, unknown>) => print(await backUp(configOf(flags), file)));

  withOptions(
    program
      .command('restore')
      .description('Fills an empty database from a backup, with every session ended. The portal must be stopped.')
      .argument('<file>', 'a file that `curfew backup` wrote')
      .option('--keep-sessions', 'leave sessions alive, also those that were ended after the backup was made'),
    STORE_OPTIONS,
  ).action(async (file: string, flags: Record<string, unknown>) =>
    print(await restore(configOf(flags), file, { keepSessions: flags['keepSessions'] === true })),
  );

  program
    .command('store')
    .description('Works on stores as a whole.')
    .command('copy')
    .description(
      'Copies a store into an empty one, such as the embedded database to PostgreSQL. Nobody is signed out. The portal must be stopped.',
    )
    .requiredOption('--from <store>', 'sqlite:PATH or postgres://user@host/name')
    .requiredOption('--to <store>', 'the same; it must be empty')
    .showHelpAfterError(helpHint('store copy'))
    .action(async ({ from, to }: { from: string; to: string }) => print(await copyStore(from, to)));
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

/**
 * Gives a command every option of the server, as the one schema describes them, so that all take the same file.
 *
 * @param shown those that matter to it
 */
function withOptions(command: Command, shown: readonly OptionName[] = OPTION_NAMES): Command {
  command.option('--config <file>', 'YAML or JSON file with these options by name');
  for (const name of OPTION_NAMES) {
    const byDefault = defaultOf(name);
    const notes = [environmentName(name), ...(byDefault === '' ? [] : [`default: ${byDefault}`])];
    const description = `${optionsSchema.shape[name].description ?? ''} (${notes.join(', ')})`;
    const flag = name === 'local-cluster' ? '--no-local-cluster' : `--${name} <value>`;
    command.addOption(new Option(flag, description).hideHelp(!shown.includes(name)));
  }
  return command.showHelpAfterError(helpHint(command.name()));
}

/** The configuration of a command's flags; commander writes `tlsPort` for `tls-port`, and defaults negated flags to true. */
function configOf(flags: Record<string, unknown>): Config {
  const byName = OPTION_NAMES.map((name) => {
    const value = flags[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    return [name, name === 'local-cluster' && value === true ? undefined : value];
  });
  return loadConfig(Object.fromEntries(byName), process.env, flags['config'] as string | undefined);
}
