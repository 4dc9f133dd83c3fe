import type { IncomingMessage } from 'node:http';

/** An answer that refuses an upgrade is a Status, so it is short. */
const MAX_BYTES = 64 * 1024;

/** @param then gets what there was until the answer closed; null where that was too much */
export function readShortBody(answer: IncomingMessage, then: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
    else answer.destroy();
  });
  answer.once('close', () => {
    then(bytes > MAX_BYTES ? null : Buffer.concat(chunks));
  });
}
