import type { IncomingMessage } from 'node:http';
import { PortalError } from '../../core/portal-error.ts';

/** What the API server takes at most as one request. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/**
 * Reads a body that has to be looked at before it may go on.
 *
 * @throws PortalError `payload-too-large`, or `invalid-request` where the client gave up or compressed it
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new PortalError('invalid-request', 'Curfew has to read this request and takes it uncompressed only.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) throw new PortalError('payload-too-large', 'The request is larger than 3 MiB.');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PortalError) throw error;
    throw Object.assign(new PortalError('invalid-request', 'The request broke off.'), { cause: error });
  }
  return Buffer.concat(chunks);
}
