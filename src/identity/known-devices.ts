import type { UserChanges } from './ports.ts';

/** How long a browser is recognised in which nobody signs in; its cookie lives as long. */
export const DEVICE_LIFE_MS = 180 * 24 * 60 * 60_000;

/** Whether a change of a user takes the trust from the browsers in which there was a sign-in before. */
export function forgetsDevices(changes: UserChanges | null): boolean {
  return changes === null || changes.passwordHash !== undefined || typeof changes.disabledAt === 'number';
}
