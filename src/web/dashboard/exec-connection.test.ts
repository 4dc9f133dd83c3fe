import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExecConnection } from './exec-connection.ts';
import type { ExecOver } from './exec-connection.ts';

class StubSocket extends EventTarget {
  readyState = WebSocket.CONNECTING as number;
  binaryType = 'blob';
  readonly sent: string[] = [];
  send(frame: Uint8Array): void {
    this.sent.push(`${frame[0]}:${new TextDecoder().decode(frame.subarray(1))}`);
  }
  close(): void {
    this.readyState = WebSocket.CLOSED;
  }
  open(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  say(channel: number, text: string): void {
    const bytes = new TextEncoder().encode(` ${text}`);
    bytes[0] = channel;
    this.dispatchEvent(new MessageEvent('message', { data: bytes.buffer }));
  }
}

let socket: StubSocket;
let url: string;
let shown: string;
let over: ExecOver[];
let connection: ExecConnection;

beforeEach(() => {
  vi.stubGlobal('location', { protocol: 'https:', host: 'curfew.example' });
  socket = new StubSocket();
  [shown, over] = ['', []];
  connection = new ExecConnection(
    { sessionId: 'ks_1', namespace: 'dev', pod: 'web', container: 'main' },
    {
      opened: () => undefined,
      output: (bytes) => {
        shown += new TextDecoder().decode(bytes);
      },
      over: (how) => over.push(how),
    },
    (at, protocol) => {
      url = `${at} ${protocol}`;
      return socket as unknown as WebSocket;
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

describe('a terminal in a container', () => {
  it('is a websocket of its own, with channels', () => {
    expect(url).toBe(
      'wss://curfew.example/api/dashboards/ks_1/terminal?namespace=dev&pod=web&container=main v4.channel.k8s.io',
    );
    connection.input('too early');
    socket.open();
    connection.resize(80, 24);
    connection.input('lß\r');
    connection.binary('é');
    socket.say(1, 'out ');
    socket.say(2, 'err');
    socket.say(9, 'what nobody knows');
    expect(socket.sent).toEqual(['4:{"Width":80,"Height":24}', '0:lß\r', '0:�']);
    expect(shown).toBe('out err');
  });

  it.each<[string, ExecOver]>([
    ['{"status":"Success"}', { kind: 'exited', exitCode: 0 }],
    [
      '{"status":"Failure","message":"command terminated","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}',
      { kind: 'exited', exitCode: 3 },
    ],
    [
      '{"status":"Failure","message":"Your Kubernetes session ended"}',
      { kind: 'failed', message: 'Your Kubernetes session ended' },
    ],
  ])('is over as the status says: %s', (status, how) => {
    socket.open();
    socket.say(3, status);
    socket.say(1, 'later');
    socket.dispatchEvent(new Event('close'));
    expect([over, shown]).toEqual([[how], '']);
  });

  it('is refused where it never opened, and says so once', () => {
    socket.dispatchEvent(new Event('close'));
    expect(over).toEqual([{ kind: 'refused' }]);
    socket.dispatchEvent(new Event('close'));
    expect(over).toHaveLength(1);
  });

  it('is lost where the connection goes', () => {
    socket.open();
    socket.dispatchEvent(new Event('close'));
    expect(over).toEqual([{ kind: 'lost' }]);
  });

  it('tells nothing once the page has closed it', () => {
    socket.open();
    connection.close();
    socket.dispatchEvent(new Event('close'));
    expect(over).toEqual([]);
  });
});
