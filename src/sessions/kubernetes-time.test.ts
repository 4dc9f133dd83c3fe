import { beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../core/clock.ts';
import type { LiveSession } from './live-session.ts';
import { ADA, createTestSessions } from './sessions.fixture.ts';
import type { TestSessions } from './sessions.fixture.ts';

let test: TestSessions;
let browser: LiveSession;
beforeEach(async () => {
  test = await createTestSessions();
  await test.set('MaximumK8sSessionDuration', '3');
  await test.clock.advance(1);
  browser = (await test.sessions.startPortal(ADA, 'cookie', null)).session;
});

/** A command line that was let in by a consent in the browser (docs/adr/0018). */
const letIn = async () => (await test.sessions.startPortal(ADA, 'bearer', null, browser.startedAt)).session;
const open = (portal: LiveSession, clusterId = 'c1') => test.sessions.openKubernetes(portal, clusterId);

describe('the Kubernetes time of one authentication', () => {
  it('goes on in a session beside it, to the same end', async () => {
    const first = await open(browser);
    await test.clock.advance(2 * MINUTE_MS);
    const second = await open(await letIn());
    expect(second.id).not.toBe(first.id);
    expect(second.deadline().at).toBe(first.deadline().at);
    expect((await open(browser, 'c2')).startedAt).toBe(test.clock.now());
  });

  it('is not begun anew once it is used up', async () => {
    await open(browser);
    await test.clock.advance(3 * MINUTE_MS);
    const refused = { code: 'reauthentication-required', end: { reason: 'max-duration' } };
    await expect(async () => open(await letIn())).rejects.toMatchObject(refused);
    await test.restart().then(async ({ sessions }) => {
      const { session } = await sessions.startPortal(ADA, 'bearer', null, browser.startedAt);
      await expect(async () => sessions.openKubernetes(session, 'c1')).rejects.toMatchObject(refused);
    });
    const again = (await test.sessions.startPortal(ADA, 'cookie', null)).session;
    expect((await open(again)).end()).toBeNull();
  });

  it('is over for all where one was revoked, and goes on where one ended with its portal session', async () => {
    const line = await letIn();
    const kubernetes = await open(line);
    await test.clock.advance(MINUTE_MS);
    await test.sessions.end(line.id, 'signed-out');
    const beside = await open(await letIn());
    expect(beside.startedAt).toBe(kubernetes.startedAt);
    await test.sessions.end(beside.id, 'revoked');
    await expect(async () => open(browser)).rejects.toMatchObject({ end: { reason: 'revoked' } });
  });

  it('tells whether any of it is over', async () => {
    expect(await test.sessions.kubernetesTime.isAnyOver(browser)).toBe(false);
    await open(browser);
    expect(await test.sessions.kubernetesTime.isAnyOver(await letIn())).toBe(false);
    await test.clock.advance(3 * MINUTE_MS);
    expect(await test.sessions.kubernetesTime.isAnyOver(await letIn())).toBe(true);
  });
});
