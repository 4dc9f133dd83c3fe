import type { Logger } from 'pino';
import type { Clock, Timer } from '../core/clock.ts';
import { DEVICE_LIFE_MS } from '../identity/known-devices.ts';
import { FAILURES_LAST_MS, MOST_FAILURES } from '../identity/throttle.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Store } from '../store/store.ts';

const SWEEP_EVERY_MS = 30_000;
/** Ended sessions are kept for 30 days (design, section 2.10). */
const KEEP_ENDED_MS = 30 * 24 * 60 * 60_000;
/** A replica that was killed is not listed any more after half a minute, and its row goes after an hour. */
const KEEP_REPLICAS_MS = 60 * 60_000;

/** Ends abandoned sessions and forgets what is old, now and every half minute until disposed of. */
export function sweepRegularly(sessions: Sessions, store: Store, clock: Clock, log: Logger): Timer {
  let timer: Timer;
  let isStopped = false;
  const sweep = (): void => {
    sessions
      .sweep(KEEP_ENDED_MS)
      .then(() => store.forgetDevicesBefore(clock.now() - DEVICE_LIFE_MS))
      .then(() => store.forgetFailures({ before: clock.now() - FAILURES_LAST_MS, beyond: MOST_FAILURES }))
      .then(() => store.forgetLoginRequestsBefore(clock.now()))
      .then(() => store.forgetReplicasBefore(clock.now() - KEEP_REPLICAS_MS))
      .catch((error: unknown) => log.error({ err: error }, 'the sweep for what is old failed'))
      .finally(() => {
        if (!isStopped) timer = clock.setTimer(clock.now() + SWEEP_EVERY_MS, sweep);
      });
  };
  timer = clock.setTimer(clock.now(), sweep);
  return {
    dispose() {
      isStopped = true;
      timer.dispose();
    },
  };
}
