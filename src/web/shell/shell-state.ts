import type { EndedEvent } from '../../wire/session.ts';
import type { Ending } from '../session/countdown.ts';

/** What the terminal's page shows of its shell. */
export type ShellPhase =
  | { readonly name: 'opening' }
  | { readonly name: 'running' }
  /** The connection is lost; tried again until `until`, as of `performance.now()`. */
  | { readonly name: 'reconnecting'; readonly until: number }
  /** The Kubernetes session ended, or the shell alone: the sentence says which. */
  | { readonly name: 'ended'; readonly end: EndedEvent }
  /** The shell itself exited. */
  | { readonly name: 'exited'; readonly exitCode: number }
  /** The shell is gone, and the session is not known to have ended. */
  | { readonly name: 'lost' }
  | { readonly name: 'refused'; readonly sentence: string };

export interface ShellState {
  readonly phase: ShellPhase;
  /** The end of the Kubernetes session; null until the portal has said it. */
  readonly ending: Ending | null;
  /** When the server under the shell stops (server milliseconds), and the shell with it; null where it does not. */
  readonly stopsAt: number | null;
}

export const OPENING: ShellState = { phase: { name: 'opening' }, ending: null, stopsAt: null };

/** Whether the shell takes input. */
export function takesInput({ phase }: ShellState): boolean {
  return phase.name === 'running';
}

/** Whether the shell is over, so that only a new one helps. */
export function isOver({ phase }: ShellState): boolean {
  return phase.name === 'ended' || phase.name === 'exited' || phase.name === 'lost' || phase.name === 'refused';
}

/** Whether the Kubernetes session may go on after its shell ended for this reason. */
export function mayGoOn({ reason }: Pick<EndedEvent, 'reason'>): boolean {
  return reason === 'shutdown' || reason === 'closed';
}
