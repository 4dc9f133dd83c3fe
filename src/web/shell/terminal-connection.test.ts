import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { INPUT_BY_PERSON, MAX_INPUT_BYTES } from '../../wire/shell.ts';
import type { ConnectionListener } from './terminal-connection.ts';
import { TerminalConnection } from './terminal-connection.ts';

class FakeSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  binaryType = 'blob';
  readonly sent: (string | Uint8Array)[] = [];
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  accept(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  close(): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new Event('close'));
  }
}

function connected(stillThere: () => Promise<boolean> = () => Promise.resolve(true)) {
  const sockets: FakeSocket[] = [];
  const listener: ConnectionListener = {
    opened: vi.fn<ConnectionListener['opened']>(),
    output: vi.fn<ConnectionListener['output']>(),
    message: vi.fn<ConnectionListener['message']>(),
    retrying: vi.fn<ConnectionListener['retrying']>(),
    lost: vi.fn<ConnectionListener['lost']>(),
  };
  const connection = new TerminalConnection({
    shellId: 'sh 1',
    listener,
    stillThere,
    open: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  });
  connection.connect();
  return { connection, listener, sockets };
}

describe('TerminalConnection', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('sends a large paste in pieces that the portal takes', () => {
    const { connection, sockets } = connected();
    sockets[0]?.accept();
    connection.input('x'.repeat(2 * MAX_INPUT_BYTES + 5), 'person');
    const frames = (sockets[0]?.sent ?? []).filter((each) => each instanceof Uint8Array);
    expect(frames.map(({ length }) => length)).toEqual([MAX_INPUT_BYTES + 1, MAX_INPUT_BYTES + 1, 6]);
    expect(frames.every(([first]) => first === INPUT_BY_PERSON)).toBe(true);
  });

  it('says with each input who caused it', () => {
    const { connection, sockets } = connected();
    connection.input('dropped', 'person');
    sockets[0]?.accept();
    connection.input('é', 'person');
    connection.binary('\u00FF', 'terminal');
    connection.resize(80, 24);
    expect(sockets[0]?.sent).toEqual([
      Uint8Array.of(0, 0xc3, 0xa9),
      Uint8Array.of(1, 0xff),
      '{"type":"resize","cols":80,"rows":24}',
    ]);
    expect(sockets[0]?.url).toContain('/api/shells/sh%201/terminal');
  });

  it('comes back after a loss', async () => {
    const { listener, sockets } = connected();
    sockets[0]?.accept();
    sockets[0]?.close();
    await vi.advanceTimersByTimeAsync(250);
    expect(listener.retrying).toHaveBeenCalledTimes(1);
    expect(sockets).toHaveLength(2);
    sockets[1]?.accept();
    expect(listener.opened).toHaveBeenCalledTimes(2);
  });

  it('gives up once the shell does not wait any longer', async () => {
    const { listener, sockets } = connected();
    sockets[0]?.accept();
    sockets[0]?.close();
    for (let tries = 0; tries < 20; tries += 1) {
      await vi.advanceTimersByTimeAsync(3000);
      sockets.at(-1)?.close();
    }
    await vi.advanceTimersByTimeAsync(3000);
    expect(listener.lost).toHaveBeenCalledTimes(1);
    const tried = sockets.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(tried);
  });

  it('gives up at once where the portal does not know the shell', async () => {
    const { listener, sockets } = connected(() => Promise.resolve(false));
    sockets[0]?.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(listener.lost).toHaveBeenCalledTimes(1);
  });

  it('passes over what only a newer page would understand', () => {
    const { listener, sockets } = connected();
    sockets[0]?.accept();
    sockets[0]?.receive('{"type":"something new"}');
    sockets[0]?.receive('{"type":"ready"}');
    expect(listener.message).toHaveBeenCalledExactlyOnceWith({ type: 'ready' });
  });

  it('sends and receives nothing after the end', async () => {
    const { connection, listener, sockets } = connected();
    sockets[0]?.accept();
    sockets[0]?.receive('{"type":"exited","exitCode":0}');
    sockets[0]?.receive(new ArrayBuffer(3));
    connection.input('ls', 'person');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(listener.message).toHaveBeenCalledWith({ type: 'exited', exitCode: 0 });
    expect(listener.output).not.toHaveBeenCalled();
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.sent).toEqual([]);
  });
});
