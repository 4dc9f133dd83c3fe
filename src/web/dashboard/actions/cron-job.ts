import { z } from 'zod';
import type { KubernetesObject } from '../kubernetes-object.ts';

/** The names of pods are made of a job's name, as a label's value. */
export const LONGEST_JOB_NAME = 63;

const cronJobSchema = z.object({
  spec: z.object({
    jobTemplate: z.object({
      metadata: z
        .object({
          labels: z.record(z.string(), z.string()).nullish(),
          annotations: z.record(z.string(), z.string()).nullish(),
        })
        .nullish(),
      spec: z.unknown(),
    }),
  }),
});

/** A name for a job of a CronJob that fits, made unique by a suffix of letters and digits. */
export function jobNameFor(cronJob: string, suffix: string): string {
  const end = `-manual-${suffix}`;
  return cronJob.slice(0, LONGEST_JOB_NAME - end.length).replace(/[-.]+$/, '') + end;
}

/** The job that a CronJob would start now, as `kubectl create job --from` makes it. */
export function jobOf(cronJob: KubernetesObject, name: string): object {
  const { metadata, spec } = cronJobSchema.parse(cronJob).spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      labels: metadata?.labels ?? {},
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...metadata?.annotations },
      ownerReferences: [
        {
          ...{ apiVersion: cronJob.apiVersion, kind: cronJob.kind },
          ...{ name: cronJob.metadata.name, uid: cronJob.metadata.uid },
        },
      ],
    },
    spec,
  };
}
