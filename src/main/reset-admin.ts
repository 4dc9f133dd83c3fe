import type { Config } from '../config/load-config.ts';
import { requireUsername } from '../identity/first-administrator.ts';
import { PasswordHasher } from '../identity/password.ts';
import { Users } from '../identity/users.ts';
import { ALONE } from '../sessions/ports.ts';
import { Sessions } from '../sessions/sessions.ts';
import { newToken } from '../sessions/token.ts';
import { createSystemClock } from '../system/clock.ts';
import { locationOf, openStore } from './store-location.ts';

/**
 * Makes somebody an administrator with a new password, whoever was one before; for a lost administrator, on the
 * machine itself while the portal is stopped. All sessions of that user end.
 *
 * @returns the new password, to be shown once
 */
export async function resetAdministrator(
  config: Config,
  usernameGiven: string,
): Promise<{ username: string; password: string }> {
  const username = requireUsername(usernameGiven);
  const store = await openStore(locationOf(config));
  try {
    const clock = createSystemClock(await store.newestInstant());
    const failed = (error: unknown) => {
      throw error;
    };
    const quiet = () => undefined;
    const sessions = new Sessions({ store, clock, hearing: ALONE, started: quiet, ended: quiet, cut: quiet, failed });
    await sessions.load();
    const users = new Users({ users: store, sessions, passwords: new PasswordHasher(), clock });
    const by = { username: 'curfew reset-admin', address: null, session: null };
    const password = newToken();
    const existing = await store.findAccount(username);
    if (existing === null) await users.create({ username, password, role: 'Administrator', readOnly: false }, by);
    else await users.update(username, { role: 'Administrator', readOnly: false, disabled: false, password }, by);
    await sessions.stop();
    return { username, password };
  } finally {
    await store.close();
  }
}
