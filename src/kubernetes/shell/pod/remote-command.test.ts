import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { followRemoteCommand } from './remote-command.ts';

/** A websocket without a network. */
class TestSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];

  send(data: Buffer, sent?: () => void): void {
    this.sent.push(`${data[0]} ${data.subarray(1).toString()}`);
    sent?.();
  }
  terminate(): void {
    this.readyState = 3;
    this.emit('close');
  }
}

function follow() {
  const socket = new TestSocket();
  const told: string[] = [];
  const command = followRemoteCommand(socket as unknown as WebSocket, {
    output: (chunk) => void told.push(`output ${chunk.toString()}`),
    drained: () => void told.push('drained'),
    ended: (exitCode) => void told.push(`ended ${exitCode}`),
  });
  const receive = (channel: number, text: string): void =>
    void socket.emit('message', Buffer.concat([Buffer.from([channel]), Buffer.from(text)]), true);
  return { socket, told, command, receive };
}

const FAILURE = {
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '7' }] },
};

describe('a remote command', () => {
  it('has its channels', () => {
    const { socket, told, command, receive } = follow();
    receive(1, '');
    receive(1, 'out');
    receive(2, 'err');
    command.write(Buffer.from('in'));
    command.resize(120, 40);
    expect(told).toEqual(['output out', 'output err', 'drained']);
    expect(socket.sent).toEqual(['0 in', '4 {"Width":120,"Height":40}']);
  });

  it.each([
    ['success', JSON.stringify({ status: 'Success' }), 'ended 0'],
    ['an exit code', JSON.stringify(FAILURE), 'ended 7'],
    ['another failure', JSON.stringify({ status: 'Failure', message: 'no such container' }), 'ended null'],
    ['what is no Status', 'unexpected', 'ended null'],
  ])('ends with %s', (_what, status, ended) => {
    const { socket, told, receive } = follow();
    receive(3, status);
    socket.terminate();
    expect(told).toEqual([ended]);
  });

  it('ends without an exit code when its connection breaks, and sends nothing more', () => {
    const { socket, told, command } = follow();
    socket.emit('error', new Error('broken'));
    command.write(Buffer.from('late'));
    expect(told).toEqual(['ended null']);
    expect(socket.sent).toEqual([]);
  });
});
