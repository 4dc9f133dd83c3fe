import type { Timer } from '../../core/clock.ts';
import { warningAt } from '../../core/deadline.ts';
import type { SessionHandle } from '../../sessions/stream.ts';
import { warningText } from './expiry-warning.ts';
import type { GatewayPorts } from './ports.ts';

/**
 * Says on a stream that its session ends: when the *Session expiry warning* begins, and a minute before the end.
 *
 * @param say writes a line on the stream; where it cannot at that moment, that line is left out
 * @returns to be disposed of with the stream
 */
export function warnOnStream(
  session: SessionHandle,
  { clock, warningMinutes }: Pick<GatewayPorts, 'clock' | 'warningMinutes'>,
  say: (line: string) => void,
): Timer {
  let timer: Timer | null = null;
  const leads = [warningMinutes(), 1].filter(
    (minutes, index, all) =>
      all.indexOf(minutes) === index && warningAt(session.latestDeadline(), minutes) > clock.now(),
  );
  const remind = (): void => {
    const [lead] = leads;
    if (lead === undefined) return;
    const at = warningAt(session.latestDeadline(), lead);
    if (at > clock.now()) {
      if (Number.isFinite(at)) timer = clock.setTimer(at, remind);
      return;
    }
    leads.shift();
    say(`Warning: ${warningText(session.latestDeadline(), clock.now())}`);
    remind();
  };
  remind();
  return { dispose: () => timer?.dispose() };
}
