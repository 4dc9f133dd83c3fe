import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import type { ResourceType } from './resource-type.ts';
import type { Dashboard } from './use-dashboard.ts';

const reviewSchema = z.object({
  status: z.object({
    incomplete: z.boolean().default(false),
    resourceRules: z
      .array(
        z.object({
          verbs: z.array(z.string()),
          apiGroups: z.array(z.string()).nullish(),
          resources: z.array(z.string()).nullish(),
          resourceNames: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
  }),
});
type Review = z.infer<typeof reviewSchema>;

/** What somebody may do with one thing, e.g. `may('patch')`, `may('patch', 'scale')`. */
export type May = (verb: string, subresource?: string) => boolean;

/** What the rules of a review allow. Where the API server does not know all of them, it is left to say no itself. */
export function rightsIn(review: Review, { group, plural }: Pick<ResourceType, 'group' | 'plural'>, name: string): May {
  const { incomplete, resourceRules } = review.status;
  const has = (list: readonly string[] | null | undefined, ...wanted: string[]): boolean =>
    (list ?? []).some((each) => each === '*' || wanted.includes(each));
  return (verb, subresource) => {
    const resource = subresource === undefined ? [plural] : [`${plural}/${subresource}`, `*/${subresource}`];
    return (
      incomplete ||
      (resourceRules ?? []).some(
        ({ verbs, apiGroups, resources, resourceNames }) =>
          has(verbs, verb) &&
          has(apiGroups, group) &&
          has(resources, ...resource) &&
          ((resourceNames ?? []).length === 0 || has(resourceNames, name)),
      )
    );
  };
}

/** What the caller may do with things of a type: those of a name, or any. */
export type Rights = (type: Pick<ResourceType, 'group' | 'plural'>, name?: string) => May;

const READS = new Set(['get', 'list', 'watch']);

/** What the caller may do in a namespace; nothing until the cluster has said so, and only read where one is read-only. */
export function useRights({ api, sessionId, readOnly, tenant }: Dashboard, where: string | null): Rights {
  const namespace = where ?? tenant?.namespace ?? 'default';
  const { data } = useQuery({
    queryKey: ['dashboard', sessionId, 'rights', namespace],
    queryFn: async ({ signal }) => {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const body = JSON.stringify({
        ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview' },
        spec: { namespace },
      });
      return reviewSchema.parse(await api.json({ method: 'POST', path, body, signal }));
    },
    retry: false,
    gcTime: 0,
  });
  return (type, name = '') => {
    const may = data === undefined ? () => false : rightsIn(data, type, name);
    return (verb, subresource) => (!readOnly || READS.has(verb)) && may(verb, subresource);
  };
}
