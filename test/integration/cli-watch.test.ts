import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PortalClient } from '../../src/cli/portal-client.ts';
import { SignIns } from '../../src/cli/sign-ins.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { watch } from '../../src/cli/watch.ts';
import { Laptop } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const MINUTE_MS = 60_000;
let test: TestPortal;
let laptop: Laptop;
let lines: string[];
let state: { end: unknown };

beforeEach(async () => {
  laptop = new Laptop();
  [lines, state] = [[], { end: null }];
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
  await laptop.curfew(['login', '--server', test.url, '--username', 'ada', '--password-stdin'], PASSWORD);
});
afterEach(async () => {
  await endSession();
  await test.clock.advance(5000);
  await expect.poll(() => state.end).not.toBeNull();
  await test.stop();
  laptop.dispose();
});

async function endSession(): Promise<void> {
  const ada = await test.administrator();
  await ada.send('DELETE', `/api/sessions/${signIn().sessionId}`);
}

const signIn = () => new SignIns(laptop.env).require(test.url);
/** The countdown on a terminal. */
function start(isForPrograms = false): void {
  const around = {
    ...{
      clock: test.clock,
      print: (text: string) => void lines.push(text),
      tell: () => undefined,
    },
    terminal: { overwrite: (line: string) => lines.push(line) > 0 },
  };
  watch(signIn(), isForPrograms, around as unknown as Surroundings).catch((error: unknown) => (state.end = error));
}
const shown = () => lines.at(-1);

it('ends at the instant of the deadline, and says by which limit', async () => {
  start();
  await expect.poll(shown).toBe('portal 60 min');
  await test.clock.advance(60 * MINUTE_MS - 1);
  await expect.poll(shown).toBe('portal 1 s');
  expect(state.end).toBeNull();
  await test.clock.advance(1);
  await expect.poll(() => state.end).not.toBeNull();
  expect(state.end).toMatchObject({
    code: 'session-ended',
    message: expect.stringMatching(/Authorization token inactivity timeout is 60 minutes/),
  });
  // The terminal goes on below.
  expect(lines.at(-1)).toBe('\n');
});

it('hears of a limit that was tightened, and of a Kubernetes session', async () => {
  start();
  await expect.poll(shown).toBe('portal 60 min');
  const ada = await test.administrator();
  const set = { type: 'AppConfig', value: '30' };
  expect((await ada.send('PUT', '/api/system-config/AuthorizationTokenInactivityTimeout', set)).status).toBe(200);
  await expect.poll(shown).toBe('portal 30 min');
  await test.clock.advance(MINUTE_MS);
  expect((await laptop.curfew(['credential', '--cluster', 'nowhere'])).exit).toBe(0);
  await test.clock.advance(5000);
  await expect.poll(shown).toBe('portal 28 min, cluster nowhere 28 min');
  const { items } = (await ada.get('/api/sessions?state=live&scope=all')).body;
  const { id } = items.find(({ kind }: { kind: string }) => kind === 'kubernetes');
  await ada.send('DELETE', `/api/sessions/${id}`);
  await test.clock.advance(5000);
  await expect.poll(shown).toBe('portal 28 min');
});

it('asks for nothing while nothing changes', async () => {
  const sent = vi.spyOn(PortalClient.prototype, 'send');
  start();
  await expect.poll(shown).toBe('portal 60 min');
  const { length } = sent.mock.calls;
  await test.clock.advance(10 * MINUTE_MS);
  expect(lines.at(-1)).toBe('portal 50 min');
  expect(sent.mock.calls.length).toBe(length);
  expect(state.end).toBeNull();
  sent.mockRestore();
});

it('prints a line of JSON for each change, and the end, for programs', async () => {
  start(true);
  await expect.poll(() => lines.length).toBe(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ user: { username: 'ada' }, server: test.url });
  await endSession();
  await expect.poll(() => state.end).toMatchObject({ code: 'session-ended' });
});

it('listens again where the portal hung up, and learns then how the session ended', async () => {
  start();
  await expect.poll(shown).toBe('portal 60 min');
  test.portal.sessions.pool.cutAllStreams({ at: test.clock.now(), reason: 'shutdown', limit: null }, 'events');
  await test.clock.advance(1000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { length } = lines;
  await test.clock.advance(2000);
  await expect.poll(() => lines.length).toBeGreaterThan(length);
  expect(state.end).toBeNull();
  test.portal.sessions.pool.cutAllStreams({ at: test.clock.now(), reason: 'shutdown', limit: null }, 'events');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await endSession();
  await test.clock.advance(2000);
  await expect
    .poll(() => state.end)
    .toMatchObject({ code: 'session-ended', message: expect.stringContaining('by a person') });
});
