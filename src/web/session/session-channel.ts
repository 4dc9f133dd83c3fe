import { z } from 'zod';
import { sessionEventSchemas } from '../../wire/session.ts';

const messageSchema = z.discriminatedUnion('type', [
  /** Session `sessionId` ended. */
  z.object({ type: z.literal('ended'), sessionId: z.string(), end: sessionEventSchemas.ended }),
  /** Its deadline moved. */
  z.object({ type: z.literal('deadline-moved'), sessionId: z.string(), news: sessionEventSchemas.session }),
  /** Somebody signed in, or the tab that listens for all has just connected: this is the browser's session now. */
  z.object({ type: z.literal('current'), sessionId: z.string() }),
]);

/** What the tabs of one browser tell each other. */
export type TabMessage = z.infer<typeof messageSchema>;

export interface SessionChannel {
  post(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): void;
  close(): void;
}

/** The channel between the tabs of this browser. A message of another version of these pages is passed over. */
export function openSessionChannel(): SessionChannel {
  const channel = new BroadcastChannel('curfew-session');
  return {
    // A channel between tabs has no target origin: it never leaves ours.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    post: (message) => channel.postMessage(message),
    listen: (listener) => {
      channel.addEventListener('message', (event: MessageEvent<unknown>) => {
        const parsed = messageSchema.safeParse(event.data);
        if (parsed.success) listener(parsed.data);
      });
    },
    close: () => channel.close(),
  };
}
