import type { FastifyInstance } from 'fastify';
import type { CompatPorts } from './ports.ts';

/**
 * Has the calls of a part see what another replica has written just before: clients look for what they wrote, and
 * Terraform takes what it does not find for gone.
 */
export function readFirst(app: Pick<FastifyInstance, 'addHook'>, tenants: Pick<CompatPorts['tenants'], 'load'>): void {
  app.addHook('preHandler', () => tenants.load());
}
