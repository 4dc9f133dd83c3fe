import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { createDatabase, dropDatabase } from '../support/postgres.ts';
import { startSmtpCatcher } from '../support/smtp-catcher.ts';
import { startTestPortal } from '../support/test-portal.ts';

it('three replicas that look at once send one mail for each API token that expires soon', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-mails-'));
  const database = await createDatabase(inject('postgresUrl'));
  const catcher = await startSmtpCatcher();
  const options = { database, secretKeyFile: join(folder, 'secret.key') };
  const withoutMail = await startTestPortal(options);
  const ada = await withoutMail.administrator();
  const setting = { type: 'AppConfig', value: 'ops@mail.example' };
  await ada.send('PUT', '/api/system-config/UserTokenExpirationNotificationEmails', setting);
  const names = ['one', 'two', 'three', 'four'];
  for (const name of names) await ada.send('POST', '/api/users/ada/tokens', { name, days: 7, kubernetes: false });

  const flags = { 'smtp-url': `smtp://127.0.0.1:${catcher.port}`, 'smtp-from': 'curfew@mail.example' };
  const replicas = await Promise.all([1, 2, 3].map(() => startTestPortal({ ...options, flags })));
  await expect.poll(() => catcher.mails.length, { timeout: 10_000 }).toBe(names.length);
  // Stopping waits for what is being sent.
  for (const replica of [...replicas, withoutMail]) await replica.stop();
  expect(catcher.asked).toBe(names.length);
  await catcher.stop();
  await dropDatabase(database);
  rmSync(folder, { recursive: true });
});
