import type { UserChanges } from './ports.ts';

/** How long a browser is recognised in which nobody signs in; its cookie lives as long. */
export const DEVICE_LIFE_MS = 180 * 24 * 60 * 60_000;

/** In how many browsers a user is recognised; in a further one, the one goes in which the last sign-in was longest ago. */
export const MOST_DEVICES = 50;

/** Whether a change of a user takes the trust from the browsers in which there was a sign-in before. */
export function forgetsDevices(changes: UserChanges | null): boolean {
  return changes === null || changes.passwordHash !== undefined || typeof changes.disabledAt === 'number';
}
