import { describe, expect, it } from 'vitest';
import { CLUSTER_ID_PATTERN } from '../../core/access.ts';
import { assignIds, slugOf } from './cluster-id.ts';

describe('slugOf', () => {
  it.each([
    ['demo', 'demo'],
    ['kubernetes-admin@kubernetes', 'kubernetes-admin-kubernetes'],
    ['arn:aws:eks:eu-west-1:123:cluster/Prod', 'arn-aws-eks-eu-west-1-123-cluster-prod'],
    ['Zürich', 'zu-rich'],
    ['---', 'cluster'],
    ['日本', 'cluster'],
    ['a'.repeat(100), 'a'.repeat(63)],
  ])('%s: %s', (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});

describe('assignIds', () => {
  it('gives each its own, none of which depends on the order', () => {
    const names = ['a', 'A', 'a!', 'b', 'C', 'x'.repeat(70), 'x'.repeat(71)];
    const ids = assignIds(names);
    expect(new Set(ids).size).toBe(names.length);
    expect(ids.every((id) => CLUSTER_ID_PATTERN.test(id))).toBe(true);
    expect([ids[0], ids[3], ids[4]]).toEqual(['a', 'b', 'c']);
    expect(assignIds(names.toReversed())).toEqual(ids.toReversed());
  });

  it('never lets an id mean another cluster when a twin joins', () => {
    const [alone] = assignIds(['A']);
    const together = assignIds(['A', 'a!']);
    expect(alone).toBe('a');
    expect(together).not.toContain('a');
  });
});
