import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, MINUTE_MS } from '../../src/core/clock.ts';
import { createMailer } from '../../src/system/mailer.ts';
import { startSmtpCatcher } from '../support/smtp-catcher.ts';
import type { SmtpCatcher } from '../support/smtp-catcher.ts';
import { startTestPortal } from '../support/test-portal.ts';
import type { TestBrowser, TestPortal } from '../support/test-portal.ts';

const MAIL_PASSWORD = 'a password of the mail server';

let folder: string;
let passwordFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-mail-'));
  passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${MAIL_PASSWORD}\n`);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the mail before an API token expires', () => {
  let catcher: SmtpCatcher;
  let test: TestPortal;
  let ada: TestBrowser;
  beforeEach(async () => {
    catcher = await startSmtpCatcher({ login: { user: 'curfew@mail.example', password: MAIL_PASSWORD } });
    test = await startTestPortal({
      flags: {
        'smtp-url': `smtp://curfew%40mail.example@127.0.0.1:${catcher.port}`,
        'smtp-password-file': passwordFile,
        'smtp-from': 'portal@curfew.example',
      },
    });
    ada = await test.administrator();
  });
  afterEach(async () => {
    await test.stop();
    await catcher.stop();
  });

  const set = async (key: string, value: string) =>
    expect((await ada.send('PUT', `/api/system-config/${key}`, { type: 'AppConfig', value })).status).toBeLessThan(300);
  const emails = (value: string) => set('UserTokenExpirationNotificationEmails', value);
  const make = async (name: string, days: number) => {
    const { status, body } = await ada.send('POST', '/api/users/ada/tokens', { name, days, kubernetes: false });
    expect(status).toBe(201);
    return body;
  };
  const look = () => test.clock.advance(5 * MINUTE_MS);
  const caught = (name: string) => catcher.mails.filter(({ raw }) => raw.includes(`=E2=80=9C${name}=E2=80=9D of ada`));
  /** Lets time pass until the mail is there. */
  const mailed = async (name: string): Promise<void> => {
    const lookAgain = async () => {
      await look();
      return caught(name).length;
    };
    await expect.poll(lookAgain, { timeout: 20_000 }).toBe(1);
  };

  it('goes to who is set, says which and when, and holds no secret', async () => {
    await emails('ops@mail.example, Team@mail.example');
    const { token, id, expiresAt } = await make('ci', 14);
    await mailed('ci');
    const [mail] = catcher.mails;
    expect(mail?.to.toSorted()).toEqual(['ops@mail.example', 'team@mail.example']);
    expect(mail?.raw).toContain(`Message-ID: <${id}@curfew.example>`);
    expect(mail?.raw).toContain('From: portal@curfew.example');
    const text = (mail?.raw ?? '').replaceAll('=\r\n', '');
    expect(text).toContain(expiresAt.slice(0, 16).replace('T', ' '));
    expect(text).not.toContain(token);
    const secrets = [MAIL_PASSWORD, Buffer.from(`\0curfew@mail.example\0${MAIL_PASSWORD}`).toString('base64')];
    for (const secret of secrets) expect(test.logs()).not.toContain(secret);
  });

  it('goes out once, also after restarts, and for later tokens then', async () => {
    await emails('ops@mail.example');
    await make('first', 14);
    await make('second', 16);
    await make('third', 18);
    await mailed('first');
    // What expires first is told of first: were it to come again, it would be there before the next one.
    for (const name of ['second', 'third']) {
      await test.restart();
      await test.clock.jump(2 * DAY_MS);
      await mailed(name);
    }
    expect([catcher.asked, catcher.mails.length]).toEqual([3, 3]);
  });

  it('is tried again after a quarter of an hour, and holds no other one up, while the mail server refuses it', async () => {
    await emails('ops@mail.example');
    await make('ci', 13);
    await make('other', 14);
    catcher.refuse(true);
    await look();
    await expect.poll(() => test.logs()).toContain('a notice that an API token expires could not be sent');
    const failedAt = test.clock.now();
    catcher.refuse(false);
    await mailed('other');
    expect(caught('ci')).toEqual([]);
    await mailed('ci');
    expect(test.clock.now() - failedAt).toBeGreaterThan(10 * MINUTE_MS);
    expect(catcher.asked).toBe(3);
  });

  it('goes to nobody while nobody is set, while it is off, and for tokens that have ended', async () => {
    await make('ci', 14);
    const { id } = await make('revoked', 3);
    await look();
    expect((await ada.send('DELETE', `/api/users/ada/tokens/${id}`)).status).toBe(204);
    await set('EnableUserTokenExpirationNotification', '0');
    await emails('ops@mail.example');
    await look();
    await set('EnableUserTokenExpirationNotification', '14');
    await mailed('ci');
    expect(catcher.asked).toBe(1);
  });
});

describe('a mail server that cannot be trusted', () => {
  it('gets no password in the clear', async () => {
    const catcher = await startSmtpCatcher({ login: { user: 'curfew', password: MAIL_PASSWORD } });
    const login = { user: 'curfew', passwordFile };
    const mail = { id: 'at-1', to: ['ops@mail.example'], subject: 'A notice', text: 'text' };
    const sendWith = (tls: 'required' | 'at-once' | 'offered') => {
      const server = { host: '127.0.0.1', port: catcher.port, tls, login, from: 'portal@curfew.example' };
      return createMailer(server, () => undefined).send(mail);
    };
    await expect(sendWith('required')).rejects.toThrow();
    await expect(sendWith('at-once')).rejects.toThrow();
    expect(catcher.asked).toBe(0);
    await sendWith('offered');
    expect(catcher.mails).toHaveLength(1);
    await catcher.stop();
  });

  it('is not believed with a certificate that nobody vouches for', async () => {
    const catcher = await startSmtpCatcher({ offersTls: true });
    const server = { host: '127.0.0.1', port: catcher.port, login: null, from: 'portal@curfew.example' };
    const mail = { id: 'at-1', to: ['ops@mail.example'], subject: 'A notice', text: 'text' };
    const mailer = createMailer({ ...server, tls: 'required' }, () => undefined);
    await expect(mailer.send(mail)).rejects.toThrow(/certificate/i);
    expect(catcher.asked).toBe(0);
    await catcher.stop();
  });
});
