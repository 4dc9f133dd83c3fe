import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { SECURITY_HEADERS, warningHeader } from './response-headers.ts';
import type { Refusal } from './refusal.ts';
import { failureStatus } from './status.ts';

/** Who is refused by these does not get beyond the gateway, whatever is asked: kubectl meets them at discovery. */
const ON_THE_WAY: ReadonlySet<number> = new Set([401, 403, 404, 502, 503, 504]);

/** Answers a request with a Kubernetes `Status`. */
export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) return;
  const { headers, body } = refusalParts(refusal);
  response.writeHead(refusal.code, headers);
  response.end(body);
}

/** The same on a bare connection that wanted to become a tunnel; closes it. */
export function answerRefusalRaw(socket: Duplex, refusal: Refusal): void {
  const { headers, body } = refusalParts(refusal);
  answerRaw(socket, refusal.code, headers, body);
}

/** Writes a whole HTTP answer on a bare connection and closes it. */
export function answerRaw(socket: Duplex, code: number, headers: readonly string[], body: string | Uint8Array): void {
  if (socket.destroyed || !socket.writable) return;
  // A client that keeps its half open would else keep the connection for ever.
  socket.once('finish', () => socket.destroy());
  socket.write(`${headOf(code, 'Refused', headers)}Connection: close\r\n\r\n`);
  socket.end(body);
}

/** The head of an answer: `code`, name and value in turn; without the empty line. */
export function headOf(code: number, text: string, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${code} ${text}\r\n`;
  for (let index = 0; index < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return head;
}

function refusalParts({ code, message, retryAfterSeconds, end }: Refusal): { headers: string[]; body: string } {
  const body = `${JSON.stringify(failureStatus(code, message, end))}\n`;
  const headers = [...SECURITY_HEADERS, 'Content-Type', 'application/json'];
  headers.push('Content-Length', String(Buffer.byteLength(body)));
  // With a cold discovery cache kubectl loses the message of a refusal, but never a warning.
  if (ON_THE_WAY.has(code)) headers.push('Warning', warningHeader('-', message));
  if (retryAfterSeconds !== null) headers.push('Retry-After', String(retryAfterSeconds));
  return { headers, body };
}
