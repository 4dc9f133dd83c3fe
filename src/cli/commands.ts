import type { Command } from 'commander';
import type { CredentialOptions } from './credential.ts';
import type { KubeconfigOptions } from './kubeconfig.ts';
import type { LoginOptions } from './login.ts';
import type { ScopeOptions } from './scope-limits.ts';
import type { ListOptions } from './sessions.ts';
import type { StatusOptions } from './status.ts';
import type { Surroundings } from './surroundings.ts';

const SERVER = ['--server <url>', 'the portal; the one that was signed in to at last where none is given'] as const;
const JSON_FLAG = ['--json', 'print what the portal answered, for programs'] as const;

/**
 * Registers the commands for users. Each loads what it needs once it runs: kubectl waits for `curfew credential`.
 *
 * @param around made when a command runs
 */
export function addUserCommands(program: Command, around: () => Surroundings): void {
  program.commandsGroup('For users:');
  addSignIn(program, around);
  addLists(program, around);
  addConfig(program, around);
  addKubectl(program, around);
  addCompletion(program, around);
}

function addSignIn(program: Command, around: () => Surroundings): void {
  program
    .command('login')
    .description('Signs in to a portal. The token is kept for you alone, and works until the session ends.')
    .option('--server <url>', 'the portal, such as https://curfew.example; the one of last time where none is given')
    .option('--device', 'show a code to type in a browser elsewhere; so also where there is no browser to open')
    .option('--password', 'ask for the password on this terminal, instead of opening a browser')
    .option('--username <name>', 'who, for the password; asked for on a terminal')
    .option('--password-stdin', 'read the password from stdin')
    .option(
      '--ca-file <file>',
      'the certificate (PEM) of the authority that signed for the portal, where it is a private one',
    )
    .option(...JSON_FLAG)
    .addHelpText(
      'after',
      '\nOpens your browser, where you agree. Signing in again ends the session that was there, with everything under it.\n\n' +
        'Examples:\n  curfew login --server https://curfew.example\n' +
        '  curfew login --server https://localhost:8443 --ca-file ca.pem --username ada --password-stdin < password.txt',
    )
    .action(async (options: LoginOptions) => (await import('./login.ts')).login(options, around()));
  program
    .command('logout')
    .description('Ends the session on the portal, and with it every kubectl that goes by it.')
    .option(...SERVER)
    .option(...JSON_FLAG)
    .action(async (options: ListOptions) => (await import('./login.ts')).logout(options, around()));
}

function addLists(program: Command, around: () => Surroundings): void {
  program
    .command('status')
    .description('Says who is signed in, and what ends when by which limit.')
    .option(...SERVER)
    .option(...JSON_FLAG)
    .option('--prompt', 'a few characters for a shell prompt, such as curfew:42m; nothing where nobody is signed in')
    .option('--watch', 'count down until the end')
    .addHelpText('after', "\nIn a prompt of bash:\n  PS1='$(curfew status --prompt 2>/dev/null) \\w \\$ '")
    .action(async (options: StatusOptions) => (await import('./status.ts')).status(options, around()));
  const sessions = program
    .command('sessions')
    .description('Lists your live sessions.')
    .option(...SERVER)
    .option(...JSON_FLAG)
    .option('--all', "everybody's, for administrators")
    .action(async (options: ListOptions) => (await import('./sessions.ts')).listSessions(options, around()));
  sessions
    .command('end')
    .description('Ends a session and everything under it.')
    .argument('<id>', 'as `curfew sessions` lists it')
    .action(async (id: string, _options: object, command: Command) =>
      (await import('./sessions.ts')).endSession(id, command.optsWithGlobals(), around()),
    );
  program
    .command('clusters')
    .description('Lists the clusters and tenants that you reach.')
    .option(...SERVER)
    .option(...JSON_FLAG)
    .action(async (options: ListOptions) => (await import('./clusters.ts')).listClusters(options, around()));
}

function addConfig(program: Command, around: () => Surroundings): void {
  const config = program.command('config').description('Reads and changes System Config, for administrators.');
  const add = (name: string, description: string): Command =>
    config
      .command(name)
      .description(description)
      .option('--cluster <id>', 'the limits of one cluster, as `curfew clusters` lists it')
      .option('--tenant <tenant>', 'the limits of one tenant, by its name or id')
      .option(...SERVER)
      .option(...JSON_FLAG);
  // Limits of a cluster or a tenant have the same four commands.
  const commandsFor = ({ cluster, tenant }: ScopeOptions) =>
    cluster === undefined && tenant === undefined ? import('./config.ts') : import('./scope-limits.ts');
  add('list', 'Lists the settings.').action(async (options: ScopeOptions) =>
    (await commandsFor(options)).listConfig(options, around()),
  );
  add('get <key>', 'Prints the value in force.').action(async (key: string, options: ScopeOptions) =>
    (await commandsFor(options)).getConfig(key, options, around()),
  );
  add('set <key> <value>', 'Says which sessions the value would end, asks, and sets it.')
    .option('--type <type>', 'the Config Type; that of the key, or AppConfig')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  curfew config set MaximumK8sSessionDuration 30\n' +
        '  curfew config set MaximumK8sSessionDuration 10 --cluster local',
    )
    .action(async (key: string, value: string, options: ScopeOptions) =>
      (await commandsFor(options)).setConfig(key, value, options, around()),
    );
  add('unset <key>', 'Deletes a key; a limit returns to its default. Asks as `set` does.')
    .option('--yes', 'do not ask')
    .action(async (key: string, options: ScopeOptions) =>
      (await commandsFor(options)).unsetConfig(key, options, around()),
    );
}

function addKubectl(program: Command, around: () => Surroundings): void {
  program
    .command('kubeconfig')
    .description(
      'Writes contexts for every cluster and tenant that you reach into your kubeconfig, without any secret.',
    )
    .option(...SERVER)
    .option('--file <file>', 'the file; else the first of $KUBECONFIG, or ~/.kube/config')
    .option('--print', 'print them, and write nothing')
    .option('--json', 'print what was written, for programs')
    .addHelpText(
      'after',
      '\nkubectl then runs `curfew credential` for these contexts. Everything else in the file stays as it is.',
    )
    .action(async (options: KubeconfigOptions) => (await import('./kubeconfig.ts')).kubeconfig(options, around()));
  program
    .command('credential')
    .description('Prints a credential for kubectl, which runs it. It asks nobody for anything.')
    .requiredOption('--cluster <id>', 'as `curfew clusters` lists it')
    .option('--tenant <id>', 'of that cluster, as `curfew clusters --json` lists it')
    .option(...SERVER)
    .action(async (options: CredentialOptions) => (await import('./credential.ts')).credential(options, around()));
}

function addCompletion(program: Command, around: () => Surroundings): void {
  program
    .command('completion')
    .description('Prints what makes your shell complete the commands for users: for bash, zsh or fish.')
    .argument('<shell>')
    .addHelpText(
      'after',
      '\nFor good:\n  bash: echo \'eval "$(curfew completion bash)"\' >> ~/.bashrc\n' +
        '  zsh:  echo \'eval "$(curfew completion zsh)"\' >> ~/.zshrc (after compinit)\n' +
        '  fish: curfew completion fish > ~/.config/fish/completions/curfew.fish',
    )
    .action(async (shell: string) => around().print((await import('./completion.ts')).completionScript(shell)));
  program
    .command('complete-words', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const here = around();
      for (const word of await (await import('./complete-words.ts')).completeWords(program, words, here))
        here.print(word);
    });
}
