import { expect, it } from 'vitest';
import { objectSchema } from '../kubernetes-object.ts';
import { jobNameFor, jobOf } from './cron-job.ts';

it('a name fits, and is still one where it is cut', () => {
  expect(jobNameFor('nightly', 'a1b2c')).toBe('nightly-manual-a1b2c');
  expect(jobNameFor('x'.repeat(200), 'a1b2c')).toHaveLength(63);
  expect(jobNameFor(`${'x'.repeat(49)}.-y`, 'a1b2c')).toBe(`${'x'.repeat(49)}-manual-a1b2c`);
});

it('a job is that of the template, owned by its CronJob', () => {
  const jobTemplate = { metadata: { labels: { app: 'db' }, annotations: { a: 'b' } }, spec: { template: { x: 1 } } };
  const cronJob = objectSchema.parse({
    ...{ apiVersion: 'batch/v1beta1', kind: 'CronJob' },
    ...{ metadata: { name: 'nightly', namespace: 'dev', uid: 'u1' }, spec: { schedule: '* * * * *', jobTemplate } },
  });
  expect(jobOf(cronJob, 'now')).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'now',
      labels: { app: 'db' },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', a: 'b' },
      ownerReferences: [{ apiVersion: 'batch/v1beta1', kind: 'CronJob', name: 'nightly', uid: 'u1' }],
    },
    spec: { template: { x: 1 } },
  });
});
