import type { SessionHandle } from '../../sessions/stream.ts';
import { describeEnd } from '../../core/explain.ts';
import { endView, endsByView, instantView } from '../../wire/session.ts';
import { INPUT_BY_PERSON, INPUT_BY_TERMINAL, MAX_INPUT_BYTES, terminalClientMessageSchema } from '../../wire/shell.ts';
import type { TerminalClientMessage, TerminalServerMessage } from '../../wire/shell.ts';
import type { ShellEnd } from './shell-types.ts';

/** What a page sent, understood or not. */
export type ClientFrame =
  | { readonly kind: 'input'; readonly byPerson: boolean; readonly bytes: Buffer }
  | { readonly kind: 'message'; readonly message: TerminalClientMessage }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'invalid' };

/** Reads a frame from a page (`wire/shell.ts` says what may be in it). */
export function readClientFrame(data: Buffer, isBinary: boolean): ClientFrame {
  if (data.length > MAX_INPUT_BYTES + 1) return { kind: 'too-large' };
  if (!isBinary) return readMessage(data);
  const [source] = data;
  if (source !== INPUT_BY_PERSON && source !== INPUT_BY_TERMINAL) return { kind: 'invalid' };
  return { kind: 'input', byPerson: source === INPUT_BY_PERSON, bytes: data.subarray(1) };
}

function readMessage(data: Buffer): ClientFrame {
  const { success, data: message } = terminalClientMessageSchema.safeParse(parseJson(data.toString('utf8')));
  return success ? { kind: 'message', message } : { kind: 'invalid' };
}

/** @returns undefined, which no schema accepts, for what is not JSON */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** When the session ends, for the countdown beside the terminal. */
export function deadlineMessage(
  session: SessionHandle,
  now: number,
  warningMinutes: number,
): Extract<TerminalServerMessage, { type: 'deadline' }> {
  const deadline = session.deadline();
  return {
    type: 'deadline',
    now: new Date(now).toISOString(),
    endsAt: instantView(deadline.at),
    endsBy: endsByView(deadline),
    warningMinutes,
  };
}

/** That the server under the shell stops at an instant. */
export function stoppingMessage(at: number, now: number): TerminalServerMessage {
  return { type: 'stopping', now: new Date(now).toISOString(), endsAt: new Date(at).toISOString() };
}

/** The last message of a terminal. */
export function endMessage(end: ShellEnd): TerminalServerMessage {
  if (end.cause === 'exit') return { type: 'exited', exitCode: end.exitCode };
  return { type: 'ended', ...endView(end.end, describeShellEnd(end)) };
}

/** Why a shell ended, as a sentence. A shell that was closed or stopped leaves its Kubernetes session as it is. */
function describeShellEnd(end: Exclude<ShellEnd, { cause: 'exit' }>): string {
  if (end.cause === 'session') return describeEnd('kubernetes', end.end);
  return end.end.reason === 'shutdown'
    ? 'This shell ended, since the server behind it went out of service. Your Kubernetes session goes on.'
    : 'This shell was closed. Your Kubernetes session goes on.';
}
