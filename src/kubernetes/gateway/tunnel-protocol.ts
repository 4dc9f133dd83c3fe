import type { StreamKind } from '../../sessions/stream.ts';
import { readFlag } from './query-flags.ts';
import type { Farewell } from './refusal.ts';
import { dataFrame, finalDataFrame, followSpdy } from './spdy-frames.ts';
import { failureStatus } from './status.ts';
import { jsonErrorEvent } from './watch-events.ts';
import { clientFrame, followWebSocket, normalCloseFrame, serverFrame } from './websocket-frames.ts';
import { passWholeFrames } from './whole-frames.ts';

export type UpgradeType = 'websocket' | 'SPDY/3.1';

/** What a tunnel carries, as far as the gateway has to understand it. */
export interface TunnelProtocol {
  /** @returns what of the server's bytes goes to the client now */
  passFromServer(chunk: Uint8Array): readonly Uint8Array[];
  /** What was held back still, when the server is done. */
  restFromServer(): readonly Uint8Array[];
  /** To be called with what goes to the server; tells of what the user types or sends. */
  followFromClient(chunk: Uint8Array): void;
  /** What makes the client say why it ends; null where nothing does, or not at this moment. */
  farewell(why: Farewell): Uint8Array | null;
  /**
   * Makes of a line what shows it on the error output of a command without a terminal; null while none fits.
   * There is no such function for all else: a line would end up in the middle of a screen, or in somebody's data.
   */
  readonly warningLine: ((line: string) => Uint8Array | null) | null;
  /** Whether a client that is cut without a message takes it for success: kubectl does, over SPDY, and exits with 0. */
  readonly silenceMeansSuccess: boolean;
  /** Whether it carries a command of which the server has to say how it ended, and has not. */
  owesOutcome(): boolean;
  /**
   * What ends a shell on a terminal, to be sent to the server in the user's place: cutting an exec does not kill what
   * it started. Ctrl-C for what runs in the shell, and a moment later Ctrl-D for the shell. Null where there is no
   * terminal to type on (a closed stdin has to do), or not at this moment.
   */
  shellEnd(): { readonly first: Uint8Array; readonly next: Uint8Array } | null;
}

/** How a tunnel was agreed upon. */
export interface TunnelTerms {
  readonly kind: StreamKind;
  readonly upgrade: UpgradeType;
  /** `Sec-WebSocket-Protocol` or `X-Stream-Protocol-Version`, as the server chose it. */
  readonly protocol: string | null;
  readonly search: string;
  /** The user typed something, or sent something through a port-forward. */
  readonly onInput: () => void;
  /** A remote command has printed something. */
  readonly onOutput: () => void;
}

const INTERRUPT = Buffer.from([0x03]);
/** Twice, for a shell that asks back the first time. */
const END_OF_INPUT = Buffer.from([0x04, 0x04]);
const NOTHING: readonly Uint8Array[] = [];
const STDERR_CHANNEL = 2;
const ERROR_CHANNEL = 3;
/** More streams than a remote command has. */
const MAX_STREAMS = 8;

export function tunnelProtocol(terms: TunnelTerms): TunnelProtocol {
  const remoteCommand = terms.kind === 'exec' || terms.kind === 'attach';
  if (terms.upgrade === 'websocket') {
    if (remoteCommand) return webSocketCommand(terms);
    if (terms.kind === 'watch') return webSocketWatch();
    return terms.kind === 'port-forward' ? webSocketForward(terms) : opaque();
  }
  if (remoteCommand) return spdyCommand(terms);
  return terms.kind === 'port-forward' ? spdyForward(terms) : opaque();
}

/** Channels as field notes, section 3: 0 stdin, 3 error; the first byte of each message. */
function webSocketCommand(terms: TunnelTerms): TunnelProtocol {
  const { protocol, onInput, onOutput } = terms;
  const isText = protocol?.startsWith('base64.') === true;
  const stdin = isText ? '0'.charCodeAt(0) : 0;
  const errorChannel = isText ? String(ERROR_CHANNEL).charCodeAt(0) : ERROR_CHANNEL;
  let owesOutcome = hasStatus(protocol);
  const frames = passWholeFrames(
    followWebSocket({
      onMessage: (channel, length) => {
        // The first messages of a server are empty ones.
        if (length <= 1) return;
        onOutput();
        if (channel === errorChannel) owesOutcome = false;
      },
    }),
  );
  const client = followWebSocket({
    onMessage: (channel, length) => {
      if (channel === stdin && length > 1) onInput();
    },
  });
  return {
    passFromServer: (chunk) => frames.pass(chunk),
    restFromServer: () => frames.rest(),
    followFromClient: (chunk) => void client.follow(chunk),
    farewell: (why) => {
      if (!frames.atBoundary()) return null;
      const content = commandError(protocol, why);
      const frame = isText
        ? serverFrame('text', Buffer.from(`${ERROR_CHANNEL}${content.toString('base64')}`))
        : serverFrame('binary', Buffer.concat([Buffer.from([ERROR_CHANNEL]), content]));
      return Buffer.concat([frame, normalCloseFrame()]);
    },
    warningLine: whereLines(terms, (line) => {
      if (!frames.atBoundary()) return null;
      const content = Buffer.from(`\n${line}\n`);
      return isText
        ? serverFrame('text', Buffer.from(`${STDERR_CHANNEL}${content.toString('base64')}`))
        : serverFrame('binary', Buffer.concat([Buffer.from([STDERR_CHANNEL]), content]));
    }),
    silenceMeansSuccess: false,
    owesOutcome: () => owesOutcome,
    shellEnd: () => {
      if (!runsOnTerminal(terms) || !client.atBoundary()) return null;
      const type = (keys: Buffer): Uint8Array =>
        isText
          ? clientFrame('text', Buffer.from(`0${keys.toString('base64')}`))
          : clientFrame('binary', Buffer.concat([Buffer.from([stdin]), keys]));
      return { first: type(INTERRUPT), next: type(END_OF_INPUT) };
    },
  };
}

/** Not an attach: what would end there is the pod's own process. */
function runsOnTerminal({ kind, search }: TunnelTerms): boolean {
  return kind === 'exec' && readFlag(search, 'tty') && readFlag(search, 'stdin');
}

/** Only where somebody types to a command that has an error output of its own: with a terminal, all output is one. */
function whereLines<Make>({ search }: TunnelTerms, make: Make): Make | null {
  return readFlag(search, 'stdin') && readFlag(search, 'stderr') && !readFlag(search, 'tty') ? make : null;
}

/** From version 4 on the error is a `Status`, before that a text. */
function commandError(protocol: string | null, { code, message, end }: Farewell): Buffer {
  return Buffer.from(hasStatus(protocol) ? JSON.stringify(failureStatus(code, message, end)) : message);
}

function hasStatus(protocol: string | null): boolean {
  return protocol !== null && /^v[4-9]/.test(protocol.replace(/^base64\./, ''));
}

function webSocketWatch(): TunnelProtocol {
  const frames = passWholeFrames(followWebSocket());
  return {
    passFromServer: (chunk) => frames.pass(chunk),
    restFromServer: () => frames.rest(),
    followFromClient: () => undefined,
    farewell: (why) =>
      frames.atBoundary()
        ? Buffer.concat([serverFrame('text', Buffer.from(jsonErrorEvent(why))), normalCloseFrame()])
        : null,
    warningLine: null,
    silenceMeansSuccess: false,
    owesOutcome: () => false,
    shellEnd: () => null,
  };
}

/** Since 1.31 SPDY frames inside of WebSocket messages; before that a pair of channels, data and error, for each port. */
function webSocketForward(terms: TunnelTerms): TunnelProtocol {
  const { protocol, search, onInput } = terms;
  if (protocol?.startsWith('SPDY/3.1+') === true) return tunnelledForward(terms);
  const client = followWebSocket({
    onMessage: (channel, length) => {
      if (channel % 2 === 0 && length > 1) onInput();
    },
  });
  const frames = passWholeFrames(followWebSocket());
  const ports = new URLSearchParams(search).getAll('ports').flatMap((each) => each.split(',')).length;
  return {
    ...opaque(),
    passFromServer: (chunk) => frames.pass(chunk),
    restFromServer: () => frames.rest(),
    followFromClient: (chunk) => void client.follow(chunk),
    farewell({ message }) {
      if (!frames.atBoundary() || protocol?.startsWith('base64.') === true) return null;
      const errors = Array.from({ length: ports }, (_, index) => Buffer.from([2 * index + 1, ...Buffer.from(message)]));
      return Buffer.concat([...errors.map((each) => serverFrame('binary', each)), normalCloseFrame()]);
    },
  };
}

function tunnelledForward({ onInput }: TunnelTerms): TunnelProtocol {
  const tunnelled = followSpdy({ onData: onInput });
  const client = followWebSocket({ onPayload: (bytes) => void tunnelled.follow(bytes) });
  return { ...opaque(), followFromClient: (chunk) => void client.follow(chunk) };
}

/**
 * client-go opens the error stream first, then stdin if it has one. The error stream gets the `Status`; the others are
 * ended too, since a client waits for its output streams before it reads the error.
 */
function spdyCommand(terms: TunnelTerms): TunnelProtocol {
  const { protocol, search, onInput, onOutput } = terms;
  const streams: number[] = [];
  let owesOutcome = hasStatus(protocol);
  const frames = passWholeFrames(
    followSpdy({
      onData: (id) => {
        onOutput();
        if (id === streams[0]) owesOutcome = false;
      },
    }),
  );
  const hasStdin = readFlag(search, 'stdin');
  const client = followSpdy({
    onStream: (id) => {
      if (streams.length < MAX_STREAMS) streams.push(id);
    },
    onData: (id) => {
      if (hasStdin && id === streams[1]) onInput();
    },
  });
  return {
    passFromServer: (chunk) => frames.pass(chunk),
    restFromServer: () => frames.rest(),
    followFromClient: (chunk) => void client.follow(chunk),
    farewell: (why) => {
      const [errorStream, ...others] = streams;
      if (errorStream === undefined || !frames.atBoundary()) return null;
      const error = finalDataFrame(errorStream, commandError(protocol, why));
      return Buffer.concat([error, ...others.map((id) => finalDataFrame(id, new Uint8Array()))]);
    },
    warningLine: whereLines(terms, (line) => {
      // After the error stream and stdin come stdout, where it is asked for, and stderr.
      const stderr = streams[readFlag(search, 'stdout') ? 3 : 2];
      if (stderr === undefined || !frames.atBoundary()) return null;
      return dataFrame(stderr, Buffer.from(`\n${line}\n`));
    }),
    silenceMeansSuccess: true,
    owesOutcome: () => owesOutcome,
    shellEnd: () => {
      const stdin = streams[1];
      const canType = stdin !== undefined && runsOnTerminal(terms) && client.atBoundary();
      return canType ? { first: dataFrame(stdin, INTERRUPT), next: finalDataFrame(stdin, END_OF_INPUT) } : null;
    },
  };
}

function spdyForward({ onInput }: TunnelTerms): TunnelProtocol {
  const client = followSpdy({ onData: onInput });
  return { ...opaque(), followFromClient: (chunk) => void client.follow(chunk) };
}

function opaque(): TunnelProtocol {
  return {
    passFromServer: (chunk) => [chunk],
    restFromServer: () => NOTHING,
    followFromClient: () => undefined,
    farewell: () => null,
    warningLine: null,
    silenceMeansSuccess: false,
    owesOutcome: () => false,
    shellEnd: () => null,
  };
}
