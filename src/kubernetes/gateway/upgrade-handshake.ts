import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { UpgradeType } from './tunnel-protocol.ts';

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What a client wants its connection to become; null for what Kubernetes knows nothing of. */
export function upgradeTypeOf(headers: IncomingHttpHeaders): UpgradeType | null {
  const wanted = headers.upgrade?.trim().toLowerCase();
  if (wanted === 'websocket') return 'websocket';
  return wanted === 'spdy/3.1' ? 'SPDY/3.1' : null;
}

/**
 * Whether a 101 is the answer to what was asked (RFC 6455, section 4.1). A tunnel opens only after one: else a server
 * that merely echoes headers would let a client speak raw bytes to it.
 */
export function isValidSwitch(
  upgrade: UpgradeType,
  asked: IncomingHttpHeaders,
  answered: IncomingHttpHeaders,
): boolean {
  const switched = answered.upgrade?.toLowerCase() === upgrade.toLowerCase();
  const connection = (answered.connection ?? '').toLowerCase().split(',');
  if (!switched || !connection.some((each) => each.trim() === 'upgrade')) return false;
  if (upgrade !== 'websocket') return true;
  const key = asked['sec-websocket-key'] ?? '';
  const accept = createHash('sha1').update(`${key}${WEBSOCKET_GUID}`).digest('base64');
  const chosen = answered['sec-websocket-protocol'];
  const offered = (asked['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  const protocolFits = chosen === undefined || offered.includes(chosen);
  const extension = answered['sec-websocket-extensions'];
  return answered['sec-websocket-accept'] === accept && protocolFits && extension === undefined;
}

/** The headers of the 101 that the client gets, name and value in turn. */
export function switchHeaders(upgrade: UpgradeType, answered: IncomingHttpHeaders): string[] {
  const headers = ['Connection', 'Upgrade', 'Upgrade', upgrade];
  for (const name of ['sec-websocket-accept', 'sec-websocket-protocol', 'x-stream-protocol-version']) {
    const value = answered[name];
    if (typeof value === 'string') headers.push(name, value);
  }
  return headers;
}
