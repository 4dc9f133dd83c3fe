import type { Command, Option } from 'commander';
import { CATALOGUE_KEYS } from '../core/catalogue.ts';
import { PortalError } from '../core/portal-error.ts';
import { SHELLS } from './completion.ts';
import type { Surroundings } from './surroundings.ts';

/** Somebody waits at the prompt. */
const SILENCE_MS = 1000;

/** What a word may be, by the name of the option or argument that it is for. */
type Candidates = (around: Surroundings) => readonly string[] | Promise<readonly string[]>;
const BY_NAME: Readonly<Record<string, Candidates>> = {
  cluster: (around) => readIds('/api/clusters', around),
  id: (around) => readIds('/api/sessions?state=live', around),
  key: () => CATALOGUE_KEYS,
  server: ({ signIns }) => signIns.servers(),
  shell: () => SHELLS,
  tenant: (around) => readIds('/api/clusters', around, ({ tenants = [] }) => tenants),
};

/**
 * What the last of some words may be, as a shell's completion asks for it: commands, options, ids, keys. Nothing where
 * only the portal could tell and does not.
 *
 * @param words what was typed after `curfew`, the last one perhaps in part or empty
 */
export async function completeWords(
  program: Command,
  words: readonly string[],
  around: Surroundings,
): Promise<string[]> {
  const typed = words.at(-1) ?? '';
  const { command, operands, pending } = walk(program, words.slice(0, -1));
  const candidates = await candidatesOf(command, operands, pending, typed, around);
  return candidates.filter((each) => each.startsWith(typed));
}

async function candidatesOf(
  command: Command,
  operands: number,
  pending: Option | null,
  typed: string,
  around: Surroundings,
): Promise<readonly string[]> {
  if (pending !== null) return (await BY_NAME[pending.attributeName()]?.(around)) ?? [];
  if (typed.startsWith('-')) return [...command.options.flatMap(({ long }) => long ?? []), '--help'];
  const argument = command.registeredArguments[operands];
  const values = argument === undefined ? [] : ((await BY_NAME[argument.name()]?.(around)) ?? []);
  return [...visible(command).map((each) => each.name()), ...values];
}

function visible(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

/** Which command the words lead to, how many arguments it has got, and which option waits for its value. */
function walk(program: Command, words: readonly string[]) {
  let command = program;
  let operands = 0;
  let pending: Option | null = null;
  for (const word of words) {
    if (pending !== null) pending = null;
    else if (word.startsWith('-')) pending = optionWithValue(command, word);
    else {
      const next = operands === 0 ? command.commands.find((each) => each.name() === word) : undefined;
      if (next === undefined) operands++;
      else command = next;
    }
  }
  return { command, operands, pending };
}

function optionWithValue(command: Command, word: string): Option | null {
  const option = command.options.find(({ long, short }) => long === word || short === word);
  return option?.required === true || option?.optional === true ? option : null;
}

interface Listed {
  readonly id: string;
  readonly tenants?: readonly { readonly id: string }[];
}

/** @param within what the ids of each item are taken from, where it is not the item itself */
async function readIds(
  path: string,
  { signIns }: Surroundings,
  within: (item: Listed) => readonly { readonly id: string }[] = (item) => [item],
): Promise<string[]> {
  const { PortalClient } = await import('./portal-client.ts');
  try {
    const portal = new PortalClient(signIns.require(undefined));
    const answer = await portal.send('GET', path, undefined, { background: true, silenceMs: SILENCE_MS });
    return (answer as { items: Listed[] }).items.flatMap(within).map(({ id }) => id);
  } catch (error) {
    // Nobody is signed in, or the portal does not answer: there is nothing to offer, and no prompt to write into.
    if (error instanceof PortalError) return [];
    throw error;
  }
}
