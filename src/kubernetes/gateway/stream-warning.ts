import type { Duplex } from 'node:stream';
import type { Timer } from '../../core/clock.ts';
import { warningAt } from '../../core/deadline.ts';
import type { SessionHandle } from '../../sessions/stream.ts';
import { warningText } from './expiry-warning.ts';
import type { GatewayPorts } from './ports.ts';

/**
 * Says on a stream that its session ends: when the *Session expiry warning* begins, and a minute before the end. A line is
 * left out where the client is behind with reading, or where none fits at that moment.
 *
 * @param frame makes of a line what shows it; null where the stream has no place for one
 * @returns to be disposed of with the stream
 */
export function warnOnStream(
  session: SessionHandle,
  { clock, warningMinutes }: Pick<GatewayPorts, 'clock' | 'warningMinutes'>,
  socket: Duplex,
  frame: ((line: string) => Uint8Array | null) | null,
): Timer | null {
  if (frame === null) return null;
  let timer: Timer | null = null;
  const leads = [...new Set([warningMinutes(), 1])].filter(
    (minutes) => warningAt(session.latestDeadline(), minutes) > clock.now(),
  );
  const remind = (): void => {
    const deadline = session.latestDeadline();
    const [lead] = leads;
    if (lead === undefined || deadline.at === Number.POSITIVE_INFINITY) return;
    const at = warningAt(deadline, lead);
    if (at > clock.now()) {
      timer = clock.setTimer(at, remind);
      return;
    }
    leads.shift();
    const content = socket.writableLength > 0 ? null : frame(`Warning: ${warningText(deadline, clock.now())}`);
    if (content !== null) socket.write(content);
    remind();
  };
  remind();
  return { dispose: () => timer?.dispose() };
}
