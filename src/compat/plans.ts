import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { PortalError } from '../core/portal-error.ts';
import { CREDENTIAL_CALL, kubernetesAccess } from './kubernetes-access.ts';
import type { CompatPorts } from './ports.ts';

const ADMINISTRATORS = { config: { access: 'administrator', activity: false } } as const;
const planParams = z.object({ plan: z.string().max(256) });

/** Plans, which are clusters here; for administrators, who reach all of them. */
export function plansRoutes(ports: CompatPorts): FastifyPluginCallbackZod {
  const { clusters } = ports;

  return (app, _options, done) => {
    app.get('/adminproxy/GetPlans', ADMINISTRATORS, () => clusters.list().map(({ id }) => ({ Name: id })));

    app.get(
      '/v3/admin/plans/:plan/k8sConfig',
      { config: { access: 'administrator', ...CREDENTIAL_CALL }, schema: { params: planParams } },
      (request) =>
        kubernetesAccess(ports, request, {
          cluster: find(request.params.plan),
          tenantId: null,
          namespace: 'default',
        }),
    );
    done();
  };

  function find(plan: string) {
    const cluster = clusters.find(plan);
    if (cluster === undefined) throw new PortalError('not-found', `There is no cluster ${plan}, and so no such plan.`);
    return cluster;
  }
}
