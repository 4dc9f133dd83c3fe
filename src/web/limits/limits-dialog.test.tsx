import { expect, it } from 'vitest';
import { describeHolds } from './limits-dialog.tsx';

it('describeHolds says what holds, and whose limit that is', () => {
  const holds = (kind: 'system' | 'cluster' | 'tenant', id: string, name?: string) => ({
    holds: {
      key: 'MaximumK8sSessionDuration' as const,
      label: 'Maximum K8s Session Duration',
      scope: { kind, id, ...(name !== undefined && { name }) },
      value: 20,
    },
  });
  expect(describeHolds(holds('system', ''))).toBe(
    'Now 20 minutes for sessions that start here: the limit of the system.',
  );
  expect(describeHolds(holds('cluster', 'local'))).toContain('the limit of the cluster local.');
  expect(describeHolds(holds('tenant', '0b1f', 'team-a'))).toContain('the limit of the tenant team-a.');
  expect(describeHolds({ holds: null })).toBe('Now off for sessions that start here.');
});
