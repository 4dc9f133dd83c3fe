import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { openWorkshop } from '../../src/kubernetes/shell/workshop.ts';
import { createFakeClock } from '../../src/system/fake-clock.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { TERMINAL_CLOSE } from '../../src/wire/shell.ts';
import { pidsOf, startShellHouse, startStubborn, until } from './shell-terminal.ts';
import type { ShellHouse } from './shell-terminal.ts';

let house: ShellHouse;
let session: TestSession;

beforeEach(async () => {
  house = await startShellHouse();
  session = createTestSession({ clock: house.clock });
});
afterEach(() => house.stop());

/** A session whose deadline is near, as one that was opened nearly a minute ago. */
function sessionThatEndsIn(ms: number): TestSession {
  let shiftMs = ms - 60_000;
  const now = (): number => house.clock.now() + shiftMs;
  const short = createTestSession({
    clock: { now, setTimer: (at, callback) => house.clock.setTimer(at, callback) },
    minutes: 1,
  });
  shiftMs = 0;
  return short;
}

describe('the end of the session', () => {
  it('passes no further byte either way, says why, and leaves no process', async () => {
    const terminal = await house.open(session);
    const commands = await startStubborn(terminal);
    terminal.type('while :; do echo tick; done\n');
    await terminal.waitFor(/tick/);
    const startedAt = performance.now();
    session.revoke();
    terminal.type('late\n');
    await until(() => pidsOf(...commands).length === 0, 'the processes to be gone');
    const goneAfterMs = performance.now() - startedAt;
    console.log(`every process gone ${goneAfterMs.toFixed(0)} ms after the cut`);
    expect(goneAfterMs).toBeLessThan(1_000);
    const code = await terminal.closed;
    // Where output was waiting it is thrown away, and with it the way to say why: the page asks again.
    const last = code === TERMINAL_CLOSE.ended ? terminal : await house.attach(terminal.id);
    expect(last.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'revoked' });
    expect(last.order.at(-1)).toBe('ended');
    expect(session.streams.size).toBe(0);
  });

  it('comes at the deadline, never before', async () => {
    const short = sessionThatEndsIn(1_500);
    const terminal = await house.open(short);
    expect(await terminal.closed).toBe(TERMINAL_CLOSE.ended);
    expect(house.clock.now()).toBeGreaterThanOrEqual(short.deadline().at);
    expect(terminal.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'max-duration' });
    await expect(house.shells.open(short, { cols: 80, rows: 24 })).rejects.toMatchObject({ code: 'session-ended' });
  });

  it('resets a page that never reads within 100 ms', async () => {
    const terminal = await house.open(session);
    terminal.socket.pause();
    terminal.type('yes\n');
    await sleep(300);
    session.revoke();
    await sleep(150);
    expect(house.connections.size).toBe(0);
  });

  it('closes the socket of the relay', async () => {
    const terminal = await house.open(session);
    const folder = `${house.workshop.folder.path}/${terminal.id}`;
    expect(existsSync(`${folder}/relay.sock`)).toBe(true);
    session.revoke();
    await until(() => !existsSync(folder), 'the folder to be gone');
  });

  it('that comes while a shell is being opened is not missed', async () => {
    const opening = house.shells.open(session, { cols: 80, rows: 24 });
    session.revoke();
    await expect(opening).rejects.toMatchObject({ code: 'session-ended' });
    await until(
      () => readdirSync(house.workshop.folder.path).every((name) => !name.startsWith('shell-')),
      'nothing left',
    );
  });
});

describe('re-authentication', () => {
  it('takes the shell along to the new session', async () => {
    const terminal = await house.open(session);
    await terminal.run('answer=42');
    const renewed = createTestSession({ clock: house.clock, id: 'session-2' });
    house.shells.rebind(terminal.id, renewed);
    session.revoke();
    expect(await terminal.run('echo "the answer is $answer"; kubectl get pods | tail -1')).toBe(
      'the answer is 42\npod-of-the-stub',
    );
    expect(new Set(house.gateway.requests.map(({ sessionId }) => sessionId))).toEqual(new Set(['session-2']));
    renewed.revoke();
    expect(await terminal.closed).toBe(TERMINAL_CLOSE.ended);
  });

  it('takes it to no session of somebody else', async () => {
    const terminal = await house.open(session);
    const other = createTestSession({ clock: house.clock, user: { id: 'user-2' } });
    expect(() => house.shells.rebind(terminal.id, other)).toThrow(/stays with its user/);
  });
});

describe('how long and how many', () => {
  it('closes a shell 30 s after its page has gone, and leaves the session', async () => {
    const clock = createFakeClock();
    const waiting = await startShellHouse({ clock });
    const patient = createTestSession({ clock });
    const terminal = await waiting.open(patient);
    const commands = await startStubborn(terminal);
    const touches = patient.touches;
    terminal.drop();
    await until(() => waiting.connections.size === 0, 'the connection to be gone');
    await clock.advance(29_999);
    expect(pidsOf(...commands)).toHaveLength(4);
    await clock.advance(1);
    await until(() => pidsOf(...commands).length === 0, 'the processes to be gone');
    expect(waiting.shells.find(terminal.id)?.end).toMatchObject({ end: { reason: 'closed' } });
    expect([patient.end(), patient.touches]).toEqual([null, touches]);
    await waiting.stop();
  });

  it('refuses more shells than the quota', async () => {
    const small = await startShellHouse({ quotas: { perPortalSession: 1, total: 2 } });
    const size = { cols: 80, rows: 24 };
    await small.shells.open(session, size);
    await expect(small.shells.open(session, size)).rejects.toMatchObject({ code: 'overloaded' });
    await small.shells.open(createTestSession({ clock: small.clock, id: 'b' }), size);
    const third = small.shells.open(createTestSession({ clock: small.clock, id: 'c' }), size);
    await expect(third).rejects.toMatchObject({ code: 'overloaded' });
    await small.stop();
  });

  it('uses a kubectl that only the portal can reach', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'curfew-kubectl-'));
    copyFileSync(house.kubectl, join(folder, 'kubectl'));
    const other = await startShellHouse({ kubectlPath: () => join(folder, 'kubectl') });
    const terminal = await other.open(createTestSession({ clock: other.clock }));
    expect(await terminal.run('kubectl get pods')).toBe('NAME\npod-of-the-stub');
    await other.stop();
    rmSync(folder, { recursive: true });
  });

  it('is off, with the reason, where kubectl is missing', async () => {
    const without = await startShellHouse({ kubectlPath: () => null });
    expect(without.shells.availability()).toMatchObject({ available: false });
    await expect(without.shells.open(session, { cols: 80, rows: 24 })).rejects.toMatchObject({
      code: 'shell-unavailable',
      message: expect.stringMatching(/kubectl was not found/) as string,
    });
    await without.stop();
  });
});

describe('stopping', () => {
  it('ends all shells with `shutdown` and leaves nothing behind', async () => {
    const terminal = await house.open(session);
    const commands = await startStubborn(terminal);
    await house.shells.stop();
    expect(pidsOf(...commands)).toEqual([]);
    expect(terminal.messages.at(-1)).toMatchObject({ type: 'ended', reason: 'shutdown' });
    expect(existsSync(house.workshop.folder.path)).toBe(false);
    expect(house.workshop.host.cgroups.names().filter((name) => name.includes(`-${process.pid}-`))).toEqual([]);
  });

  it('happens to the shells of a portal that is killed, and the next start removes what it left', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'shell-portal-to-kill.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { command, folder } = JSON.parse(line) as { command: string; folder: string };
    expect(pidsOf(command)).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const startedAt = performance.now();
    await until(() => pidsOf(command).length === 0, 'the process to be gone');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(existsSync(folder)).toBe(true);
    const next = await openWorkshop({ clock: createSystemClock(), log: pino({ level: 'silent' }) });
    expect(existsSync(folder)).toBe(false);
    if ('missing' in next) throw new Error(next.missing.join(' '));
    expect(next.host.cgroups.names().filter((name) => name.includes(`-${child.pid}-`))).toEqual([]);
    next.folder.remove();
  });
});
