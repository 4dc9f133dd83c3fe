import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

const MOST_CHARACTERS = 64 * 1024;
const statusSchema = z.object({ message: z.string() });

/** What an answer that is no success says: its status, the `Status`’ message, and when to come again. */
export async function readFailure(
  answer: IncomingMessage,
): Promise<{ status: number; message: string; retryAfterMs: number | null }> {
  const status = answer.statusCode ?? 502;
  const seconds = Number(answer.headers['retry-after']);
  let text = '';
  answer.setEncoding('utf8');
  for await (const piece of answer) if (text.length < MOST_CHARACTERS) text += String(piece);
  return { status, message: messageIn(text), retryAfterMs: Number.isInteger(seconds) ? seconds * 1000 : null };
}

function messageIn(text: string): string {
  try {
    return statusSchema.parse(JSON.parse(text)).message;
  } catch {
    // What is no Status is not for people.
    return 'The cluster refused.';
  }
}
