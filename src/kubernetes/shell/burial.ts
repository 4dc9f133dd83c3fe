import type { Clock } from '../../core/clock.ts';
import type { ShellCgroup } from './cgroup.ts';

const LOOK_AGAIN_MS = 20;
/** A process that survives this long is stuck in the kernel; whoever asked learns that it was not removed. */
const GIVE_UP_MS = 10_000;

/**
 * Kills every process of a shell and removes its cgroup. The first blow falls within this call: it spares the launcher,
 * which then reaps the sandbox's init and ends by itself; with the init the whole PID namespace is gone, whatever its
 * processes ignore. The next blow spares nobody.
 *
 * @returns whether everything is gone; false when it gave up
 */
export function bury(group: ShellCgroup, launcher: number | undefined, clock: Clock): Promise<boolean> {
  const giveUpAt = clock.now() + GIVE_UP_MS;
  const pids = group.pids();
  group.kill(pids.some((pid) => pid !== launcher) ? launcher : undefined);
  return new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        if (group.pids().length === 0 && group.remove()) return resolve(true);
        if (clock.now() >= giveUpAt) return resolve(false);
        group.kill();
      } catch (error) {
        return reject(error instanceof Error ? error : new Error(String(error)));
      }
      clock.setTimer(clock.now() + LOOK_AGAIN_MS, look);
    };
    clock.setTimer(clock.now() + LOOK_AGAIN_MS, look);
  });
}
