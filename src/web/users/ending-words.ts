import type { UserView } from '../../wire/user.ts';
import { count } from '../words/duration.ts';

/** Whether saving would end the user's sessions, as every change of what they may do does. */
export function endsSessions(
  user: Pick<UserView, 'role' | 'readOnly' | 'disabled'>,
  next: Pick<UserView, 'role' | 'readOnly' | 'disabled'>,
): boolean {
  return next.role !== user.role || next.readOnly !== user.readOnly || (next.disabled && !user.disabled);
}

/** How many sign-ins end: `2 live sessions of bob end at once, with what was opened in them.` */
export function describeEnding({ username, liveSessions }: Pick<UserView, 'username' | 'liveSessions'>): string {
  const tokens = `API tokens of ${username} end too.`;
  if (liveSessions === 0) return `${username} has no live session. ${tokens}`;
  return liveSessions === 1
    ? `1 live session of ${username} ends at once, with its Kubernetes sessions. ${tokens}`
    : `${count(liveSessions, 'live session')} of ${username} end at once, with their Kubernetes sessions. ${tokens}`;
}
