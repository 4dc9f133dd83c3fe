import { sessionEventSchemas } from '../../wire/session.ts';
import type { EndedEvent } from '../../wire/session.ts';
import { UnreachableError } from '../api/api-error.ts';
import { readRefusal, requestHeaders } from '../api/transport.ts';
import type { DeadlineNews } from './session-state.ts';
import { createSseParser } from '../../wire/sse-parser.ts';

const PATH = '/api/session/events';

export interface StreamListener {
  opened(): void;
  deadlineMoved(news: DeadlineNews): void;
  ended(end: EndedEvent): void;
}

/**
 * Listens to the session's events until the stream ends. Over `fetch` rather than `EventSource`, which can neither
 * send a header nor say why it was refused.
 *
 * @throws ApiError where the portal refuses the stream, UnreachableError where it does not answer or breaks off
 */
export async function listenToSession(listener: StreamListener, signal: AbortSignal): Promise<void> {
  const response = await open(signal);
  if (!response.ok) throw await readRefusal(PATH, response);
  listener.opened();
  const feed = createSseParser(({ event, data }) => {
    if (event === 'session') listener.deadlineMoved(sessionEventSchemas.session.parse(JSON.parse(data)));
    if (event === 'ended') listener.ended(sessionEventSchemas.ended.parse(JSON.parse(data)));
  });
  await readText(response, feed, signal);
}

async function open(signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(PATH, {
      headers: { accept: 'text/event-stream', ...requestHeaders(true) },
      credentials: 'same-origin',
      cache: 'no-store',
      signal,
    });
  } catch (error) {
    throw new UnreachableError({ cause: error });
  }
}

async function readText(response: Response, feed: (text: string) => void, signal: AbortSignal): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  while (!signal.aborted) {
    const piece = await reader.read().catch((error: unknown) => {
      throw new UnreachableError({ cause: error });
    });
    if (piece.done) return;
    feed(piece.value);
  }
}
