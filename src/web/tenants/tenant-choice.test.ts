import { describe, expect, it } from 'vitest';
import type { ClusterView } from '../../wire/cluster.ts';
import { choicesOf, isChoiceGone, tenantIn } from './tenant-choice.ts';

const tenant = (name: string) => ({ id: `t-${name}`, name, namespace: name, readOnly: false, session: null });
const cluster = (name: string, whole: boolean | undefined, tenants?: readonly string[]): ClusterView => ({
  ...{ id: name, name, source: 'kubeconfig', state: 'ready', version: null, message: null, checkedAt: null },
  ...{ progress: null, shell: { available: true, reason: null }, session: null, whole },
  tenants: tenants?.map(tenant),
});

describe('the tenant that somebody goes into', () => {
  it('is the chosen one, in its own cluster only', () => {
    expect(tenantIn(cluster('a', true, ['dev', 'prod']), 't-prod')?.name).toBe('prod');
    expect(tenantIn(cluster('b', true, ['other']), 't-prod')).toBeNull();
  });

  it('is the first one where the cluster is reached through tenants only', () => {
    expect(tenantIn(cluster('a', false, ['dev', 'prod']), 't-gone')?.name).toBe('dev');
  });

  it('is none where an older portal knows of no tenants', () => {
    expect(tenantIn(cluster('a', undefined), 't-dev')).toBeNull();
  });
});

it('is asked for again once the chosen one is gone', () => {
  const choices = choicesOf([cluster('a', true, ['dev'])]);
  expect(['', 't-dev', 't-gone'].map((id) => isChoiceGone(choices, id))).toEqual([false, false, true]);
});

describe('what the picker offers', () => {
  it('is every tenant by name, each with its cluster, and whether a whole cluster is reached', () => {
    const { tenants, hasWhole } = choicesOf([cluster('b', false, ['prod']), cluster('a', false, ['dev'])]);
    expect(tenants.map((each) => [each.name, each.cluster])).toEqual([
      ['dev', 'a'],
      ['prod', 'b'],
    ]);
    expect([hasWhole, choicesOf([cluster('c', undefined)]).hasWhole]).toEqual([false, true]);
  });
});
