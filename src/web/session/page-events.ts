import type { SessionCoordinator } from './session-coordinator.ts';

/**
 * Tells the coordinator of what happens to the page itself: it was hidden and is visible again, it is frozen or wakes
 * up, the network is back, or the page goes into or returns from the back-forward cache. A page that is put into that
 * cache is emptied first, so that nothing is there to be shown when it comes back.
 */
export function watchPage(session: SessionCoordinator, hideNow: () => void): void {
  const recheck = (): void => session.recheck();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') recheck();
  });
  for (const name of ['focus', 'online'] as const) globalThis.addEventListener(name, recheck);
  // Of a tab that is stopped in the background; they do not reach the window. At `resume` its timers have not run yet.
  document.addEventListener('freeze', () => session.freeze());
  document.addEventListener('resume', () => session.thaw());
  globalThis.addEventListener('pagehide', (event) => {
    if (event.persisted) hideNow();
  });
  globalThis.addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    hideNow();
    recheck();
  });
}
