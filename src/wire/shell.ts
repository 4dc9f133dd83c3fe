import { z } from 'zod';
import { endsBySchema, sessionEventSchemas } from './session.ts';

/** `POST /api/shells`. */
export const openShellSchema = z.object({
  cluster: z.string().min(1).max(63),
  tenant: z.string().max(64).optional().describe('The id of a tenant of that cluster; without it, the whole cluster'),
  cols: z.int().min(2).max(1000).default(80),
  rows: z.int().min(2).max(1000).default(24),
});

/** A kubectl shell. Its terminal is the websocket at `/api/shells/:id/terminal`. */
export const shellSchema = z
  .object({
    id: z.string(),
    cluster: z.string(),
    tenant: z.string().nullable().optional().describe('The name of its tenant; null where it has the whole cluster'),
    startedAt: z.iso.datetime(),
    sessionId: z.string(),
    endsAt: z.iso.datetime().nullable(),
    endsBy: endsBySchema,
  })
  .meta({ id: 'Shell' });
export type ShellView = z.infer<typeof shellSchema>;
export const shellListSchema = z.object({ items: z.array(shellSchema) });

/** How long a shell without a connected page waits for one to come back. */
export const SHELL_RECONNECT_MS = 30_000;

/**
 * The terminal's websocket. Binary frames from the server are the terminal's output; a newly connected page first gets
 * what is kept of the past, then `ready`. Binary frames from the page are input: the first byte says whose.
 */
export const INPUT_BY_PERSON = 0;
/** What one frame of input may carry besides its first byte; a page sends a larger paste in pieces. */
export const MAX_INPUT_BYTES = 64 * 1024;
/** Input that xterm.js answered by itself: reaches the shell, is no activity. */
export const INPUT_BY_TERMINAL = 1;

export const terminalClientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), cols: z.int().min(2).max(1000), rows: z.int().min(2).max(1000) }),
]);
export type TerminalClientMessage = z.infer<typeof terminalClientMessageSchema>;

export const terminalServerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('deadline'),
    now: z.iso.datetime(),
    endsAt: z.iso.datetime().nullable(),
    endsBy: endsBySchema,
    warningMinutes: z.int(),
  }),
  /** The server under the shell is about to stop, and the shell with it; a new one can be opened at once. */
  z.object({ type: z.literal('stopping'), now: z.iso.datetime(), endsAt: z.iso.datetime() }),
  z.object({ type: z.literal('ended'), ...sessionEventSchemas.ended.shape }),
  z.object({ type: z.literal('exited'), exitCode: z.int() }),
]);
export type TerminalServerMessage = z.infer<typeof terminalServerMessageSchema>;

/** Close codes of the terminal's websocket. A page reconnects after any other, and gets what it missed. */
export const TERMINAL_CLOSE = {
  /** Too large a frame of input, as in RFC 6455. */
  tooLarge: 1009,
  /** What was sent is not of this protocol. */
  invalid: 4000,
  /** The `ended` message came before it. */
  ended: 4001,
  /** The `exited` message came before it. */
  exited: 4002,
  /** Another page shows this terminal now: the newest wins. Do not reconnect by yourself. */
  openedElsewhere: 4003,
  notFound: 4004,
} as const;
