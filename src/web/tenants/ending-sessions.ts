import { count } from '../words/duration.ts';

/** How many live sessions of a tenant end by what is about to be done. */
export function describeSessions(sessions: number): string {
  if (sessions === 0) return 'No live session ends by it.';
  return `${count(sessions, 'live Kubernetes session')} in it ${sessions === 1 ? 'ends' : 'end'} at once.`;
}
