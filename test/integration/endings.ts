import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';

/** A client in the middle of something. */
export interface Client {
  /** What its user sees, so far. */
  seen(): string;
  isOver(): boolean;
  write(text: string): void;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly exit: Exit; readonly at: number }>;
}

/** An exit code; null for what only passes things on, and goes on. */
export type Exit = number | null;

/** What came of one thing that a client did. */
export interface Ending {
  readonly client: string;
  readonly operation: string;
  readonly seen: string;
  readonly exit: Exit;
  /** From the deadline until the client had ended; null for what began after it. */
  readonly lateMs: number | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function startClient(command: string, args: readonly string[], env: Environment): Client {
  const child: ChildProcess = spawn(command, args, { env: { ...env } });
  let seen = '';
  for (const output of [child.stdout, child.stderr]) {
    output?.setEncoding('utf8').on('data', (text: string) => (seen += text));
  }
  child.stdin?.on('error', () => {
    // It may be gone before it has read everything.
  });
  let isOver = false;
  const ended = new Promise<{ exit: number; at: number }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => {
      isOver = true;
      resolve({ exit: exit ?? -1, at: performance.now() });
    });
  });
  return {
    seen: () => seen,
    isOver: () => isOver,
    write: (text) => void child.stdin?.write(text),
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** The same on a terminal of its own. */
export function startClientOnTerminal(command: string, args: readonly string[], env: Environment): Client {
  const terminal = spawnOnTerminal(command, [...args], { env: { ...env } });
  let seen = '';
  let isOver = false;
  terminal.onData((text) => (seen += text));
  const ended = new Promise<{ exit: number; at: number }>((resolve) => {
    terminal.onExit(({ exitCode }) => {
      isOver = true;
      resolve({ exit: exitCode, at: performance.now() });
    });
  });
  return {
    seen: () => seen,
    isOver: () => isOver,
    write: (text) => terminal.write(text),
    signal: (name) => terminal.kill(name),
    ended,
  };
}

/**
 * Reads a path through a `kubectl proxy`, as programs do, until the answer ends. The proxy itself goes on.
 *
 * @param args of the proxy
 */
export function startThroughProxy(command: string, args: readonly string[], path: string, env: Environment): Client {
  const proxy = startClient(command, args, env);
  let seen = '';
  let isOver = false;
  const read = async (): Promise<{ exit: Exit; at: number }> => {
    const answer = await fetch(`http://${await addressOf(proxy)}${path}`);
    const text = new TextDecoder();
    for await (const part of answer.body ?? []) seen += text.decode(part as Uint8Array, { stream: true });
    isOver = true;
    return { exit: null, at: performance.now() };
  };
  const ended = read().finally(() => proxy.signal('SIGKILL'));
  return { ...proxy, seen: () => seen, isOver: () => isOver || proxy.isOver(), ended };
}

async function addressOf(proxy: Client): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    const [address] = /127\.0\.0\.1:\d+/.exec(proxy.seen()) ?? [];
    if (address !== undefined) return address;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The proxy serves nowhere: ${proxy.seen()}`);
}

/** What a user sees that tells him something; not what was there before, or where in a library it happened. */
const TELLING =
  /Kubernetes session ended|^error|^\w*Error|exceptions|EOF|reset by|broken|lost connection|closed|output ended|done/i;
const WHERE = /^(?:File |at |with |raise |throw |Emitted |\[cause\]|I\d{4} )/;
const CODES = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*[A-Za-z]`, 'g');

/** The lines that tell its user something, without what is different each time; the reason itself is `<why>`. */
function tellingLines(seen: string): string {
  const lines = seen
    .replaceAll(CODES, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/^(?:\/ # ?)+/, '').trim())
    .filter((line) => TELLING.test(line) && !WHERE.test(line) && !line.includes('"type":"ADDED"'))
    .map((line) =>
      line
        .replace(/^.*"type":"ERROR".*"message":"Your Kubernetes session ended.*$/, 'event ERROR with <why>')
        .replace(/^.*"status":"Failure","message":"Your Kubernetes session ended.*$/, 'Status with <why>')
        .replace(/^.*[Hh]eaders?:? .*"?[Ww]arning.*Your Kubernetes session ended.*$/, 'header Warning with <why>')
        .replace(/^warning: .*$/, 'header Warning with <why>')
        .replace(/Your Kubernetes session ended at .* curfew login --server https:\/\/[a-z.]+/, '<why>')
        .replace(/(?:https?:\/\/|127\.0\.0\.1:|\/tmp\/)[^\s"]+/g, '…')
        .replace(/^[EW]\d{4} [\d:.]+ +\d+ /, ''),
    );
  return [...new Set(lines)].join('<br>');
}

/** Versions that follow each other as a range: `kubectl 1.20, 1.27–1.33`. */
function describeClients(clients: readonly string[]): string {
  const minors = clients.map((client) => Number(/^kubectl 1\.(\d+)$/.exec(client)?.[1])).filter((minor) => minor > 0);
  const others = clients.filter((client) => !client.startsWith('kubectl'));
  const sorted = [...new Set(minors)].toSorted((a, b) => a - b);
  const starts = sorted.filter((minor) => !sorted.includes(minor - 1));
  const ends = sorted.filter((minor) => !sorted.includes(minor + 1));
  const ranges = starts.map((from, index) => (from === ends[index] ? `1.${from}` : `1.${from}–1.${ends[index]}`));
  return [...others, ...(ranges.length === 0 ? [] : [`kubectl ${ranges.join(', ')}`])].join(', ');
}

const escape = (text: string): string => text.replaceAll('|', '\\|').replaceAll('`', "'");

/** Appends the table of what was seen to the file that CURFEW_ENDINGS names, if any. */
export function writeEndings(endings: readonly Ending[]): void {
  const file = process.env['CURFEW_ENDINGS'];
  if (file !== undefined) appendFileSync(file, `${endingsTable(endings)}\n\n`);
}

/** A table in Markdown, with one line for all clients that saw the same. */
function endingsTable(endings: readonly Ending[]): string {
  const groups = new Map<string, Ending[]>();
  for (const ending of endings) {
    const key = [ending.operation, ending.exit, tellingLines(ending.seen)].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), ending]);
  }
  const lines = [...groups.values()].map((group) => {
    const [{ operation, seen, exit }] = group as [Ending];
    const late = group.map(({ lateMs }) => lateMs).filter((each) => each !== null);
    const lateness = late.length === 0 ? '—' : `${Math.round(Math.max(...late))} ms`;
    const clients = describeClients(group.map(({ client }) => client));
    return `| ${operation} | ${clients} | ${escape(tellingLines(seen))} | ${exit ?? 'goes on'} | ${lateness} |`;
  });
  return ['| operation | clients | what its user saw | exit | lateness |', '|---|---|---|---|---|', ...lines].join(
    '\n',
  );
}
