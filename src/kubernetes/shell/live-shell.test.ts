import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../system/fake-clock.ts';
import type { FakeClock } from '../../system/fake-clock.ts';
import { INPUT_BY_PERSON, INPUT_BY_TERMINAL, TERMINAL_CLOSE } from '../../wire/shell.ts';
import { createTestSession } from '../gateway/test-session.ts';
import type { TestSession } from '../gateway/test-session.ts';
import { LiveShell } from './live-shell.ts';
import type { PageConnection } from './page-connection.ts';
import type { RelayTarget } from './relay.ts';

/** A page that writes down what it is sent. */
function createPage() {
  const log: string[] = [];
  const page: PageConnection & { log: string[]; behind: boolean } = {
    log,
    behind: false,
    sendOutput: (chunk) => void log.push(`output ${chunk.toString()}`),
    send: (message) => void log.push(message.type),
    isBehind: () => page.behind,
    pauseInput: () => void log.push('pause input'),
    resumeInput: () => void log.push('resume input'),
    leave: (code) => void log.push(`leave ${code}`),
    cut: (message, code) => void log.push(`cut ${message.type} ${code}`),
  };
  return page;
}

/** A terminal without a process. */
function createTerminal() {
  const log: string[] = [];
  const pty = {
    pid: 1,
    unwrittenBytes: 0,
    write: (bytes: Buffer) => void log.push(`write ${bytes.toString()}`),
    resize: (cols: number, rows: number) => void log.push(`resize ${cols}x${rows}`),
    pause: () => void log.push('pause'),
    resume: () => void log.push('resume'),
  };
  return { log, pty, cut: () => void log.push('cut'), destroy: () => Promise.resolve(true) };
}

const person = (text: string): Buffer => Buffer.concat([Buffer.from([INPUT_BY_PERSON]), Buffer.from(text)]);
const terminalReply = (text: string): Buffer => Buffer.concat([Buffer.from([INPUT_BY_TERMINAL]), Buffer.from(text)]);

let clock: FakeClock;
let session: TestSession;
let shell: LiveShell;
let terminal: ReturnType<typeof createTerminal>;
let ended: LiveShell[];
let targets: string[];
let warningMinutes: number;
let stopsAt: number | null;

beforeEach(() => {
  clock = createFakeClock();
  session = createTestSession({ clock, minutes: 10 });
  terminal = createTerminal();
  ended = [];
  targets = [];
  warningMinutes = 5;
  stopsAt = null;
  const forSession = ({ id }: { id: string }): RelayTarget => ({
    handleRequest: () => void targets.push(id),
    handleUpgrade: () => void targets.push(id),
  });
  shell = new LiveShell('shell-1', session, {
    clock,
    log: pino({ level: 'silent' }),
    gateway: { forSession },
    warningMinutes: () => warningMinutes,
    stopsAt: () => stopsAt,
    ended: (each) => void ended.push(each),
  });
  shell.join(session);
  shell.start(terminal);
});

describe('a page at a terminal', () => {
  it('first gets the past, then `ready` and the deadline, then what comes', () => {
    shell.output(Buffer.from('past'));
    const page = createPage();
    shell.attach(page);
    shell.output(Buffer.from('now'));
    expect(page.log).toEqual(['output past', 'ready', 'deadline', 'output now']);
  });

  it('is told to leave when a newer one comes, and no longer heard', () => {
    const [older, newer] = [createPage(), createPage()];
    shell.attach(older);
    shell.attach(newer);
    shell.output(Buffer.from('x'));
    shell.receive(older, person('y'), true);
    shell.detach(older);
    expect(older.log).toEqual(['ready', 'deadline', `leave ${TERMINAL_CLOSE.openedElsewhere}`]);
    expect(newer.log.at(-1)).toBe('output x');
    expect(terminal.log).not.toContain('write y');
  });

  it('is closed for what is not of the protocol, and the shell lives on', () => {
    const page = createPage();
    shell.attach(page);
    shell.receive(page, Buffer.from([9]), true);
    shell.receive(page, Buffer.alloc(70_000), true);
    expect(page.log.slice(-2)).toEqual([`leave ${TERMINAL_CLOSE.invalid}`, `leave ${TERMINAL_CLOSE.tooLarge}`]);
    expect(shell.isLive()).toBe(true);
  });

  it('holds up the terminal when it is behind, until it has caught up or is gone', () => {
    const page = createPage();
    shell.attach(page);
    terminal.log.length = 0;
    page.behind = true;
    shell.output(Buffer.from('x'));
    expect(terminal.log).toEqual(['pause']);
    shell.caughtUp(page);
    shell.output(Buffer.from('x'));
    shell.detach(page);
    expect(terminal.log).toEqual(['pause', 'resume', 'pause', 'resume']);
  });

  it('is not read while its program does not read', () => {
    const page = createPage();
    shell.attach(page);
    terminal.pty.unwrittenBytes = 300_000;
    shell.receive(page, person('x'), true);
    shell.drained();
    expect(page.log.slice(-2)).toEqual(['pause input', 'resume input']);
  });

  it('is told the deadline again when it has changed, and only then', async () => {
    const page = createPage();
    shell.attach(page);
    await clock.advance(10_000);
    expect(page.log.filter((each) => each === 'deadline')).toHaveLength(1);
    warningMinutes = 2;
    await clock.advance(2_000);
    expect(page.log.filter((each) => each === 'deadline')).toHaveLength(2);
  });
});

describe('activity', () => {
  it('is what a person types, and neither replies of the terminal, nor resizes, nor output', () => {
    const page = createPage();
    shell.attach(page);
    shell.receive(page, terminalReply('\u001b[1;1R'), true);
    shell.receive(page, Buffer.from('{"type":"resize","cols":90,"rows":30}'), false);
    shell.output(Buffer.from('x'));
    expect(session.touches).toBe(0);
    shell.receive(page, person('l'), true);
    expect(session.touches).toBe(1);
    expect(terminal.log.filter((each) => each !== 'resume')).toEqual(['write \u001b[1;1R', 'resize 90x30', 'write l']);
  });
});

describe('without a page', () => {
  it('a shell waits 30 seconds, then is closed, and its session runs on', async () => {
    await clock.advance(29_999);
    expect(shell.end).toBeNull();
    await clock.advance(1);
    expect(shell.end).toMatchObject({ cause: 'shell', end: { reason: 'closed' } });
    expect(terminal.log).toContain('cut');
    expect(session.end()).toBeNull();
    expect(session.streams.size).toBe(0);
  });

  it('the 30 seconds begin anew with each page that leaves', async () => {
    await clock.advance(20_000);
    const page = createPage();
    shell.attach(page);
    await clock.advance(60_000);
    shell.detach(page);
    await clock.advance(20_000);
    const next = createPage();
    shell.attach(next);
    shell.detach(next);
    await clock.advance(29_999);
    expect(shell.end).toBeNull();
    await clock.advance(1);
    expect(shell.end).not.toBeNull();
  });
});

describe('the end of the session', () => {
  it('cuts the terminal at its millisecond, both ways, and says why', async () => {
    const page = createPage();
    shell.attach(page);
    await clock.advance(10 * 60_000 - 1);
    shell.output(Buffer.from('last'));
    await clock.advance(1);
    expect(page.log.slice(-2)).toEqual(['output last', `cut ended ${TERMINAL_CLOSE.ended}`]);
    shell.output(Buffer.from('late'));
    shell.receive(page, person('late'), true);
    expect(page.log.at(-1)).toBe(`cut ended ${TERMINAL_CLOSE.ended}`);
    expect(terminal.log.at(-1)).toBe('cut');
    expect(ended).toEqual([shell]);
  });

  it('cuts it even before the timer has fired: the first byte after it finds out', () => {
    const late = createTestSession({ clock: { ...clock, setTimer: () => ({ dispose() {} }) }, minutes: 1 });
    expect(shell.join(late)).toBeNull();
    const page = createPage();
    shell.attach(page);
    late.end = () => ({ at: clock.now(), reason: 'max-duration', limit: null });
    shell.output(Buffer.from('late'));
    expect(page.log.at(-1)).toBe(`cut ended ${TERMINAL_CLOSE.ended}`);
    expect(page.log).not.toContain('output late');
    expect(late.streams.size).toBe(0);
  });

  it('is told to a page that comes too late', () => {
    session.revoke();
    const page = createPage();
    shell.attach(page);
    expect(page.log).toEqual(['ended', `leave ${TERMINAL_CLOSE.ended}`]);
  });

  it('cuts a sandbox that is ready only afterwards', () => {
    const other = new LiveShell('shell-2', session, {
      clock,
      log: pino({ level: 'silent' }),
      gateway: { forSession: () => ({ handleRequest() {}, handleUpgrade() {} }) },
      warningMinutes: () => 5,
      stopsAt: () => null,
      ended() {},
    });
    other.join(session);
    session.revoke();
    const late = createTerminal();
    other.start(late);
    expect(late.log).toEqual(['cut']);
  });
});

it('a page is told that the server stops, at once or when it comes back', () => {
  const [first, second] = [createPage(), createPage()];
  shell.attach(first);
  stopsAt = clock.now() + 20_000;
  shell.tellStop();
  shell.attach(second);
  expect(first.log.filter((each) => each === 'stopping')).toHaveLength(1);
  expect(second.log).toEqual(['ready', 'deadline', 'stopping']);
});

it('a server that goes ends the shell alone', () => {
  const page = createPage();
  shell.attach(page);
  for (const stream of session.streams) stream.cut({ at: clock.now(), reason: 'shutdown', limit: null });
  expect(shell.end).toMatchObject({ cause: 'shell', end: { reason: 'shutdown' } });
  expect(page.log.at(-1)).toBe(`cut ended ${TERMINAL_CLOSE.ended}`);
});

describe('re-authentication', () => {
  it('takes the shell along: the old session no longer cuts it, the new one does', () => {
    const renewed = createTestSession({ clock, id: 'session-2' });
    const page = createPage();
    shell.attach(page);
    expect(shell.join(renewed)).toBeNull();
    session.revoke();
    expect(shell.end).toBeNull();
    expect(page.log.filter((each) => each === 'deadline')).toHaveLength(2);
    shell.receive(page, person('x'), true);
    expect([session.touches, renewed.touches]).toEqual([0, 1]);
    shell.relayTarget().handleRequest(...([] as unknown as Parameters<RelayTarget['handleRequest']>));
    expect(targets).toEqual(['session-2']);
    renewed.revoke();
    expect(shell.end).toMatchObject({ cause: 'session', end: { reason: 'revoked' } });
  });

  it('changes nothing where the new session is over already', () => {
    const over = createTestSession({ clock });
    over.revoke();
    expect(shell.join(over)).toMatchObject({ reason: 'revoked' });
    expect(shell.session).toBe(session);
    expect(shell.isLive()).toBe(true);
  });
});

describe('bash ending by itself', () => {
  it('tells its exit code and releases the session', () => {
    const page = createPage();
    shell.attach(page);
    shell.exited(7);
    expect(page.log.at(-1)).toBe(`cut exited ${TERMINAL_CLOSE.exited}`);
    expect(session.streams.size).toBe(0);
    session.revoke();
    expect(ended).toHaveLength(1);
  });
});

it('leaves no timer behind', () => {
  const page = createPage();
  shell.attach(page);
  shell.close('shutdown');
  session.revoke();
  expect(clock.waiting).toBe(0);
});
