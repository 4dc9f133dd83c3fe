import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import type { TestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { TERMINAL_CLOSE } from '../../src/wire/shell.ts';
import { oddSeconds, pidsOf, startStubborn, until } from './shell-terminal.ts';
import type { House, Terminal } from './shell-terminal.ts';

/** Throws away what was typed; what comes next is typed at a new prompt. */
async function interrupt(terminal: Terminal): Promise<void> {
  const from = terminal.output.length;
  terminal.type('\u0003');
  await terminal.waitFor(/\$ $/, from);
}

/**
 * What a shell's terminal does, whatever its sandbox is.
 *
 * @param client a command in the sandbox that sends its input to the relay, closes its half, and shows the answer
 */
export function describeTerminal(startHouse: () => Promise<House>, client: string): void {
  let house: House;
  let session: TestSession;

  beforeEach(async () => {
    house = await startHouse();
    session = createTestSession({ clock: house.clock });
  });
  afterEach(() => house.stop());

  describe('working in a terminal', () => {
    it('shows a prompt soon, with the name of the cluster', async () => {
      const startedAt = performance.now();
      const { id } = await house.shells.open(session, { cols: 80, rows: 24 });
      const openedAt = performance.now();
      const terminal = await house.attach(id);
      await terminal.waitFor(/\$ $/);
      const tookMs = performance.now() - startedAt;
      console.log(`open ${(openedAt - startedAt).toFixed(0)} ms, first prompt after ${tookMs.toFixed(0)} ms`);
      expect(terminal.output).toMatch(/Connected to the cluster demo\./);
      expect(terminal.output).toMatch(/demo.*:~\$ $/);
      expect(terminal.messages.map(({ type }) => type)).toEqual(['ready', 'deadline']);
      // A third of a second on a machine with nothing else to do; this is for one with much.
      expect(tookMs).toBeLessThan(10_000);
    });

    it('reaches the gateway as the session, with kubectl and its alias', async () => {
      const terminal = await house.open(session);
      expect(await terminal.run('kubectl get pods')).toBe('NAME\npod-of-the-stub');
      expect(await terminal.run('k config current-context')).toBe('demo');
      expect(await terminal.run('kubectl config set-context --current --namespace=other')).toMatch(/modified/);
      const [request] = house.gateway.requests;
      expect(request?.sessionId).toBe('session-1');
      expect(house.gateway.requests.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
    });

    it('carries answers that come after the request was closed, and upgrades', async () => {
      const terminal = await house.open(session);
      const ask = `printf 'GET /slow HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n' | ${client}`;
      expect(await terminal.run(ask)).toMatch(/late but whole$/);
      const upgrade = `printf 'GET /echo HTTP/1.1\\r\\nHost: x\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\necho this' | ${client}`;
      expect(await terminal.run(upgrade)).toMatch(/101 Switching Protocols[^]*echo this$/);
    });

    it('completes for kubectl and for k', async () => {
      const { id } = await house.shells.open(session, { cols: 80, rows: 24 });
      const terminal = await house.attach(id);
      await terminal.waitFor(/\$ $/);
      terminal.type('kubectl vers\t');
      await terminal.waitFor(/kubectl version /);
      await interrupt(terminal);
      terminal.type('k get po\t');
      await terminal.waitFor(/k get pod(s )?/);
      await interrupt(terminal);
      terminal.type('k get pods pod-of\t');
      expect(await terminal.waitFor(/k get pods pod-of-the-stub /)).not.toBeNull();
    });

    it('has job control, sizes and large pastes', async () => {
      const terminal = await house.open(session);
      expect(await terminal.run('stty size')).toBe('40 120');
      terminal.resize(90, 20);
      await sleep(50);
      expect(await terminal.run('stty size')).toBe('20 90');
      const seconds = oddSeconds();
      terminal.type(`sleep ${seconds}\n`);
      await until(() => pidsOf(`sleep ${seconds}`).length === 1, 'the process in front');
      terminal.type('\u001a');
      expect(await terminal.run('jobs')).toMatch(/Stopped\s+sleep/);
      terminal.type('fg\n');
      await sleep(50);
      terminal.type('\u0003');
      await until(() => pidsOf(`sleep ${seconds}`).length === 0, 'the interrupted process');
      terminal.type('stty raw; head -c 300000 | wc -c; stty -raw -echo icrnl onlcr opost\n');
      await sleep(100);
      for (let piece = 0; piece < 6; piece++) terminal.type('x'.repeat(50_000));
      await terminal.waitFor(/300000/);
    });

    it('ends when bash ends, with its exit code', async () => {
      const terminal = await house.open(session);
      const [stubborn] = await startStubborn(terminal);
      terminal.type('exit 7\nexit 7\n');
      expect(await terminal.closed).toBe(TERMINAL_CLOSE.exited);
      expect(terminal.messages.at(-1)).toEqual({ type: 'exited', exitCode: 7 });
      await until(() => pidsOf(stubborn ?? '').length === 0, 'the processes to be gone');
      expect(session.end()).toBeNull();
      expect(house.shells.listOf('session-1')).toEqual([]);
    });
  });

  describe('the page', () => {
    it('comes back after a reload to the same terminal, with its past', async () => {
      const terminal = await house.open(session);
      await terminal.run('answer=42; echo before the reload');
      terminal.drop();
      const again = await house.attach(terminal.id);
      await again.waitFor(/before the reload/);
      expect(again.order.indexOf('ready')).toBeGreaterThan(again.order.indexOf('output'));
      expect(await again.run('echo "the answer is $answer"')).toBe('the answer is 42');
    });

    it('that comes later wins', async () => {
      const first = await house.open(session);
      const second = await house.attach(first.id);
      expect(await first.closed).toBe(TERMINAL_CLOSE.openedElsewhere);
      expect(await second.run('echo here')).toBe('here');
    });

    it('is sent away for a frame that is too large, and for one that is not understood', async () => {
      const terminal = await house.open(session);
      terminal.type('x'.repeat(70_000));
      expect(await terminal.closed).toBe(TERMINAL_CLOSE.tooLarge);
      const again = await house.attach(terminal.id);
      again.socket.send('{"type":"resize","cols":-1,"rows":5}');
      expect(await again.closed).toBe(TERMINAL_CLOSE.invalid);
      expect(house.shells.find(terminal.id)?.end).toBeNull();
    });

    it('that does not read holds up its program, not the memory of the portal', async () => {
      const terminal = await house.open(session);
      terminal.socket.pause();
      const before = process.memoryUsage().arrayBuffers;
      terminal.type('yes 0123456789012345678901234567890123456789\n');
      await sleep(1_500);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
      terminal.socket.resume();
      await until(() => terminal.output.length > 8 << 20, 'the rest');
      terminal.type('\u0003');
      expect(await terminal.run('echo calm')).toMatch(/calm$/);
    });

    it('gets `not found` for a shell that is not there', async () => {
      await expect(house.attach('no-such')).rejects.toThrow(`closed with ${TERMINAL_CLOSE.notFound}`);
    });
  });

  describe('activity', () => {
    it('is typing, and nothing that the terminal or the program does', async () => {
      const terminal = await house.open(session);
      terminal.type('(sleep 0.2; echo output) &\n');
      await terminal.waitFor(/output/);
      const touches = session.touches;
      terminal.type('\u001b[24;80R', false);
      terminal.resize(100, 30);
      await sleep(100);
      terminal.drop();
      const again = await house.attach(terminal.id);
      await sleep(50);
      expect(session.touches).toBe(touches);
      again.type('x');
      await until(() => session.touches === touches + 1, 'a touch');
    });
  });
}
