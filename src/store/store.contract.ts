import { afterEach, beforeEach, describe } from 'vitest';
import { describeApiTokens } from './contract/api-tokens.contract.ts';
import { describeAttempts } from './contract/attempts.contract.ts';
import { describeDevices } from './contract/devices.contract.ts';
import { record, userOf } from './contract/given.contract.ts';
import { describeGrants } from './contract/grants.contract.ts';
import { describeLoginRequests } from './contract/login-requests.contract.ts';
import { describeOver } from './contract/over.contract.ts';
import { describeRecord } from './contract/record.contract.ts';
import { describeRetention } from './contract/retention.contract.ts';
import { describeScopeLimits } from './contract/scope-limits.contract.ts';
import { describeSessions } from './contract/sessions.contract.ts';
import { describeSettings } from './contract/settings.contract.ts';
import { describeSorting } from './contract/sorting.contract.ts';
import { describeTenants } from './contract/tenants.contract.ts';
import { describeUpstreamDashboards } from './contract/upstream-dashboards.contract.ts';
import { describeUsers } from './contract/users.contract.ts';
import type { Store } from './store.ts';

/** What every store must do; each store's own test calls it. Each test begins with one administrator, `ada`. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
      await store.insertUser(userOf('ada', { role: 'Administrator' }), 'hash', record('user.created'));
    });
    afterEach(() => store.close());
    const current = () => store;

    describeSessions(current);
    describeApiTokens(current);
    describeOver(current);
    describeRetention(current);
    describeSettings(current);
    describeScopeLimits(current);
    describeUsers(current, open);
    describeDevices(current);
    describeGrants(current);
    describeTenants(current);
    describeUpstreamDashboards(current);
    describeAttempts(current);
    describeLoginRequests(current);
    describeRecord(current);
    describeSorting(current);
  });
}
