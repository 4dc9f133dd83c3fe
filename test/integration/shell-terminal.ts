import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { execFileSync } from 'node:child_process';
import { pino } from 'pino';
import { WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../src/core/clock.ts';
import { SHELL_QUOTAS, createShells } from '../../src/kubernetes/shell/shells.ts';
import type { Shells, ShellsPorts } from '../../src/kubernetes/shell/shells.ts';
import { machineWorkshop } from '../../src/kubernetes/shell/machine-workshop.ts';
import type { ShellWorkshop } from '../../src/kubernetes/shell/shell-workshop.ts';
import { openWorkshop } from '../../src/kubernetes/shell/workshop.ts';
import type { MachineTools } from '../../src/kubernetes/shell/workshop.ts';
import type { SessionHandle } from '../../src/sessions/stream.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { INPUT_BY_PERSON, INPUT_BY_TERMINAL, terminalServerMessageSchema } from '../../src/wire/shell.ts';
import type { TerminalServerMessage } from '../../src/wire/shell.ts';
import { StubGateway } from './shell-stub-api.ts';

/** Shells in real sandboxes, with a websocket server before them and a stub of the gateway behind. */
export interface House {
  readonly shells: Shells;
  readonly gateway: StubGateway;
  readonly clock: Clock;
  /** The server's ends of the terminals' connections. */
  readonly connections: Set<Socket>;
  open(session: SessionHandle): Promise<Terminal>;
  attach(id: string): Promise<Terminal>;
  stop(): Promise<void>;
}

/** With sandboxes of this machine. */
export interface ShellHouse extends House {
  readonly workshop: MachineTools;
  /** The kubectl of this machine. */
  readonly kubectl: string;
}

export async function startShellHouse(
  changes: Partial<ShellsPorts> & { kubectlPath?: () => string | null } = {},
): Promise<ShellHouse> {
  const workshop = await openWorkshop({ clock: createSystemClock(), log: pino({ level: 'silent' }) });
  if ('missing' in workshop) throw new Error(`This machine makes no sandboxes: ${workshop.missing.join(' ')}`);
  const kubectl = execFileSync('/bin/sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim();
  const house = await startHouse(machineWorkshop(workshop, changes.kubectlPath ?? (() => kubectl)), changes);
  return { ...house, workshop, kubectl };
}

export async function startHouse(workshop: ShellWorkshop, changes: Partial<ShellsPorts> = {}): Promise<House> {
  const gateway = new StubGateway();
  const clock = changes.clock ?? createSystemClock();
  let count = 0;
  const shells = createShells({
    clock,
    log: pino({ level: 'silent' }),
    gateway,
    workshop,
    tenantOf: () => undefined,
    warningMinutes: () => 5,
    newId: () => `shell-${++count}`,
    quotas: SHELL_QUOTAS,
    ...changes,
  });
  const websockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    const id = request.url?.slice(1) ?? '';
    websockets.handleUpgrade(request, socket, head, (websocket) => shells.attach(id, websocket, socket));
  });
  const attach = (id: string): Promise<Terminal> =>
    Terminal.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/${id}`, id);
  return {
    shells,
    gateway,
    clock,
    connections,
    attach,
    async open(session) {
      const { id } = await shells.open(session, { cols: 120, rows: 40 });
      const terminal = await attach(id);
      await terminal.beScripted();
      return terminal;
    },
    async stop() {
      await shells.stop();
      for (const socket of connections) socket.destroy();
      server.close();
    },
  };
}

/** A page at a terminal, without a screen. */
export class Terminal {
  readonly id: string;
  readonly socket: WebSocket;
  readonly messages: TerminalServerMessage[] = [];
  /** Everything that was put out, and the order in which frames came. */
  output = '';
  readonly order: string[] = [];
  readonly closed: Promise<number>;
  #count = 0;

  constructor(socket: WebSocket, id: string) {
    this.id = id;
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.output += data.toString('utf8');
      else this.messages.push(terminalServerMessageSchema.parse(JSON.parse(data.toString('utf8'))));
      this.order.push(isBinary ? 'output' : (this.messages.at(-1)?.type ?? ''));
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => resolve(code));
    });
  }

  static async connect(url: string, id: string): Promise<Terminal> {
    const terminal = new Terminal(new WebSocket(url, { perMessageDeflate: false }), id);
    const refused = terminal.closed.then((code) => {
      throw new Error(`closed with ${code}`);
    });
    await Promise.race([until(() => terminal.messages.length > 0, 'the first message'), refused]);
    refused.catch(() => {});
    return terminal;
  }

  type(text: string, byPerson = true): void {
    const source = byPerson ? INPUT_BY_PERSON : INPUT_BY_TERMINAL;
    this.socket.send(Buffer.concat([Buffer.from([source]), Buffer.from(text)]));
  }

  resize(cols: number, rows: number): void {
    this.socket.send(JSON.stringify({ type: 'resize', cols, rows }));
  }

  async waitFor(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return until(
      () => pattern.exec(this.output.slice(from)),
      () => `${pattern} in ${JSON.stringify(this.output.slice(-2000))}`,
    );
  }

  /** No prompt and no echo, so that `run` sees only what commands put out. */
  async beScripted(): Promise<void> {
    await this.waitFor(/\$ $/);
    this.type("stty -echo; PS1=; bind 'set enable-bracketed-paste off'\n");
    await this.run('true');
  }

  /** Runs a line in the shell and gives what it put out. */
  async run(command: string): Promise<string> {
    const from = this.output.length;
    const mark = `${++this.#count}-${this.id}`;
    this.type(`${command}\necho "<""${mark}>"\n`);
    const { index } = await this.waitFor(new RegExp(`<${mark}>`), from);
    return this.output
      .slice(from, from + index)
      .replaceAll('\r\n', '\n')
      .trim();
  }

  /** The connection is lost, as when a page is reloaded. */
  drop(): void {
    this.socket.terminate();
  }
}

/** Waits in real time, for at most thirty seconds, until `look` finds something. */
export async function until<T>(look: () => T, what: string | (() => string)): Promise<NonNullable<Exclude<T, false>>> {
  const giveUpAt = performance.now() + 30_000;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Exclude<T, false>>;
    if (performance.now() > giveUpAt) throw new Error(`Waited in vain for ${typeof what === 'string' ? what : what()}`);
    await sleep(5);
  }
}

/** The processes of the whole machine whose command line is one of these. */
export function pidsOf(...commands: string[]): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && commands.includes(commandOf(pid)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return ''; // it has just ended
  }
}

/** A number for `sleep` that no other process of the machine sleeps. */
export function oddSeconds(): number {
  return 700_000 + Math.floor(Math.random() * 200_000);
}

/** Starts one process of each kind that does not want to go, and gives their command lines. */
export async function startStubborn(terminal: Terminal): Promise<string[]> {
  const [plain, unhung, setsid, trapped] = Array.from({ length: 4 }, () => oddSeconds());
  await terminal.run(
    `sleep ${plain} & (trap '' HUP; exec sleep ${unhung}) & setsid sleep ${setsid} & (trap '' HUP TERM INT; sleep ${trapped}) &`,
  );
  const commands = [plain, unhung, setsid, trapped].map((seconds) => `sleep ${seconds}`);
  await until(() => pidsOf(...commands).length === 4, 'four processes');
  return commands;
}
