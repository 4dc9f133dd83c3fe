import { describe, expect, it } from 'vitest';
import { END_REASONS } from './end-reason.ts';
import { describeCause, describeEnd, describeLimit, describeMinutes } from './explain.ts';

describe('describeEnd', () => {
  it('names the limit, its value and the time with its zone', () => {
    const limit = { key: 'MaximumK8sSessionDuration', scope: { kind: 'system', id: '' }, minutes: 60 } as const;
    expect(describeEnd('kubernetes', { at: Date.UTC(2026, 0, 2, 14, 32, 5), reason: 'max-duration', limit })).toBe(
      'Your Kubernetes session ended at 2026-01-02 14:32:05 UTC: Maximum K8s Session Duration is 60 minutes.',
    );
  });

  it('says of a server that went that the session goes on', () => {
    const end = { at: Date.UTC(2026, 0, 2, 14, 32, 5), reason: 'shutdown', limit: null } as const;
    expect(describeEnd('kubernetes', end)).toBe(
      'The server behind this went out of service at 2026-01-02 14:32:05 UTC. Your Kubernetes session goes on.',
    );
  });

  it('has words for every reason', () => {
    const causes = END_REASONS.map((reason) => describeCause({ at: 0, reason, limit: null }));
    expect(new Set(causes).size).toBe(END_REASONS.length);
    expect(causes.every((cause) => cause.length > 5)).toBe(true);
  });

  it('says whose a narrower limit is, and one minute as one', () => {
    const key = 'MaximumK8sSessionDuration';
    const cluster = { kind: 'cluster', id: 'local' } as const;
    expect(describeLimit({ key, scope: cluster, minutes: 1 })).toBe(
      'Maximum K8s Session Duration is 1 minute, the limit of the cluster local',
    );
    const tenant = { kind: 'tenant', id: '0b1f', name: 'team-a' } as const;
    expect(describeLimit({ key, scope: tenant, minutes: 20 })).toBe(
      'Maximum K8s Session Duration is 20 minutes, the limit of the tenant team-a',
    );
  });
});

it.each([
  [0, 'off'],
  [1, '1 minute'],
  [45, '45 minutes'],
])('describeMinutes says %i as %s', (minutes, words) => {
  expect(describeMinutes(minutes)).toBe(words);
});
