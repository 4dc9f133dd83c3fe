import type { SignedIn } from './portal-process.ts';
import type { SeededSession } from './seed.ts';
import type { Watchers } from './watchers.ts';

/** Milliseconds since the epoch, with fractions: what processes on one machine agree on. */
const now = (): number => performance.timeOrigin + performance.now();

/** Revokes sessions one by one. @returns the milliseconds from each request to the end of the stream under that session */
export async function revokeEach(
  administrator: SignedIn,
  sessions: readonly SeededSession[],
  watches: Watchers,
): Promise<number[]> {
  const sentAt: number[] = [];
  for (const { id } of sessions) {
    sentAt.push(now());
    await administrator.send('DELETE', `/api/sessions/${id}`);
  }
  const closedAt = await watches.closed(sessions.length, 20_000);
  await watches.stop();
  return sentAt.map((at, index) => (closedAt[index] ?? Number.NaN) - at);
}

/** Tightens the limit of Kubernetes sessions to a minute. @returns the milliseconds from the request to each cut, and to its answer */
export async function tightenAll(
  administrator: SignedIn,
  watches: Watchers,
  count: number,
): Promise<{ readonly took: readonly number[]; readonly answeredMs: number }> {
  const sentAt = now();
  await administrator.send('PUT', '/api/system-config/MaximumK8sSessionDuration', { type: 'AppConfig', value: '1' });
  const answeredMs = now() - sentAt;
  const closedAt = await watches.closed(count, 60_000);
  await watches.stop();
  return { took: closedAt.map((at) => (at ?? Number.NaN) - sentAt), answeredMs };
}
