import type { UpstreamDashboard } from '../../core/upstream-dashboard.ts';
import type { UpstreamDashboardStore } from '../../identity/ports.ts';
import { by } from './tables.ts';
import type { Tables } from './tables.ts';

/** Dashboards on hostnames of their own, in memory. */
export function createMemoryUpstreamDashboardStore({ audit }: Tables): UpstreamDashboardStore {
  const dashboards = new Map<string, UpstreamDashboard>();
  return {
    async listUpstreamDashboards() {
      return [...dashboards.values()].toSorted(by(({ hostname }) => hostname, 'asc'));
    },
    async insertUpstreamDashboard(dashboard, record) {
      if ([...dashboards.values()].some(({ hostname }) => hostname === dashboard.hostname)) return false;
      dashboards.set(dashboard.id, dashboard);
      audit.push(record);
      return true;
    },
    async deleteUpstreamDashboard(id, record) {
      if (!dashboards.delete(id)) return false;
      audit.push(record);
      return true;
    },
  };
}
