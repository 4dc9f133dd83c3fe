import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiTokenOf, askAsClient } from '../support/duplo-client.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

let test: TestPortal;
let token: string;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(() => test.stop());
beforeEach(async () => {
  await test.clock.advance(1);
  token = await apiTokenOf(await test.administrator());
});

const ask = (method: string, path: string, body?: unknown) => askAsClient(test, token, method, path, body);
const put = (body: object) => ask('POST', '/admin/UpdateUserRole', body);
const list = async () => (await ask('GET', '/admin/GetAllUserRoles')).json;

describe('users', () => {
  it('are listed with name, role and flag, and without any token', async () => {
    expect(await list()).toContainEqual({
      Username: 'ada',
      Roles: ['Administrator'],
      IsReadOnly: false,
      ReallocateVpnAddress: false,
      VpnStaticIp: '',
      CurrentSessionToken: '',
    });
  });

  it('are created, changed and deleted as Terraform does it', async () => {
    const asked = { Username: 'joe@example.com', Roles: ['User'], IsReadOnly: false, State: 'added' };
    expect(await put(asked)).toMatchObject({ status: 200, json: { Username: 'joe@example.com', Roles: ['User'] } });
    expect(await list()).toContainEqual(expect.objectContaining({ Username: 'joe@example.com', IsReadOnly: false }));
    // The same again changes nothing.
    expect(await put(asked)).toMatchObject({ status: 200, json: { Roles: ['User'] } });
    const changed = { Username: 'joe@example.com', Roles: ['User'], IsReadOnly: true };
    expect(await put({ ...changed, State: 'updated' })).toMatchObject({ status: 200, json: changed });
    expect(await list()).toContainEqual(expect.objectContaining(changed));
    expect(await put({ Username: 'joe@example.com', State: 'deleted' })).toMatchObject({ status: 200, text: 'null' });
    expect((await list()).map(({ Username }: { Username: string }) => Username)).not.toContain('joe@example.com');
    const again = await put({ Username: 'joe@example.com', State: 'deleted' });
    expect(again).toMatchObject({ status: 404, json: { Message: expect.any(String) } });
  });

  it('are made administrators by no token, and remain what they are', async () => {
    const before = await list();
    for (const Username of ['mallory', 'joe']) {
      if (Username === 'joe') await put({ Username, Roles: ['User'] });
      const refused = await put({ Username, Roles: ['Administrator'] });
      expect(refused).toMatchObject({ status: 403, json: { Message: expect.stringContaining('on the page Users') } });
    }
    await put({ Username: 'joe', State: 'deleted' });
    expect(await list()).toEqual(before);
    await test.user('auditor', { role: 'Administrator', readOnly: true });
    expect(await put({ Username: 'auditor', IsReadOnly: false })).toMatchObject({ status: 403 });
    expect(await put({ Username: 'auditor', IsReadOnly: true })).toMatchObject({ status: 200 });
    expect(await put({ Username: 'ada', Roles: ['Administrator'] })).toMatchObject({ status: 200 });
  });

  it('are created without a State, as duploctl does it, and keep what a change leaves out', async () => {
    expect(await put({ Username: 'kim', Roles: ['User'], IsReadOnly: true })).toMatchObject({ status: 200 });
    expect(await put({ Username: 'kim', Roles: ['User'] })).toMatchObject({ json: { IsReadOnly: true } });
    expect(await put({ Username: 'kim', IsReadOnly: false })).toMatchObject({ json: { Roles: ['User'] } });
  });

  it('have no password that anybody knows until an administrator sets one', async () => {
    await put({ Username: 'lee', Roles: ['User'] });
    const browser = test.browser();
    const attempt = { username: 'lee', password: PASSWORD };
    expect((await browser.send('POST', '/api/session', attempt)).body.code).toBe('invalid-credentials');
    const administrator = await test.administrator();
    expect((await administrator.send('PATCH', '/api/users/lee', { password: PASSWORD })).status).toBe(200);
    expect((await browser.send('POST', '/api/session', attempt)).status).toBe(201);
  });

  it('have one of the two roles that there are', async () => {
    for (const Roles of [['SignupUser'], ['SecurityAdmin'], ['User', 'Administrator'], [], ['user']]) {
      const answer = await put({ Username: 'max', Roles });
      expect(answer).toMatchObject({
        status: 400,
        json: { Message: expect.stringContaining('Roles is ["Administrator"] or ["User"] here') },
      });
    }
    expect(await put({ Username: 'max' })).toMatchObject({
      status: 400,
      json: { Message: expect.stringContaining('Give Roles') },
    });
    expect(await put({ Username: 'max', Roles: ['User'], State: 'gone' })).toMatchObject({ status: 400 });
    expect(await put({ Roles: ['User'] })).toMatchObject({
      status: 400,
      json: { Message: expect.stringMatching(/^Username: /) },
    });
    expect((await list()).map(({ Username }: { Username: string }) => Username)).not.toContain('max');
  });

  it('are refused where their name would be spelled another way, or was somebody’s before', async () => {
    for (const Username of ['Joe', 'joe/größe', 'ジョー']) {
      const spelled = await put({ Username, Roles: ['User'] });
      expect(spelled).toMatchObject({ status: 400, json: { Message: expect.stringContaining('lower-case') } });
    }
    await put({ Username: 'nia', Roles: ['User'] });
    await put({ Username: 'nia', State: 'deleted' });
    const taken = await put({ Username: 'nia', Roles: ['User'] });
    expect(taken).toMatchObject({ status: 409, json: { Message: expect.stringContaining('never reused') } });
  });

  it('stay where they are the last administrator, and lose their sessions with their role', async () => {
    expect(await put({ Username: 'ada', Roles: ['User'] })).toMatchObject({ status: 409 });
    expect(await put({ Username: 'ada', State: 'deleted' })).toMatchObject({ status: 409 });
    const browser = await test.user('olga', { role: 'Administrator' });
    await put({ Username: 'olga', Roles: ['User'] });
    expect((await browser.get('/api/session')).status).toBe(401);
  });

  it('are as many as the portal has', async () => {
    const total = (await list()).length;
    const administrator = await test.administrator();
    expect((await administrator.get('/api/users')).body.total).toBe(total);
  });
});
