import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A network between a client and a server that can be slow, cut, or swallow everything. */
export interface BrokenNetwork {
  readonly port: number;
  /** Passes everything on, after so many milliseconds in each direction. */
  work(delayMs?: number): void;
  /** Resets what is open and refuses what is new. */
  cut(): void;
  /** Says nothing any more, and closes nothing. */
  blackhole(): void;
  close(): Promise<void>;
}

/** Starts one on loopback, in front of a port there or elsewhere. */
export async function createBrokenNetwork(targetPort: number, targetHost = '127.0.0.1'): Promise<BrokenNetwork> {
  let state: 'works' | 'cut' | 'blackhole' = 'works';
  let delay = 0;
  const sockets = new Set<Socket>();
  const pipe = (from: Socket, to: Socket): void => {
    from.on('data', (data) => {
      if (state === 'blackhole') return;
      setTimeout(() => {
        if (state !== 'blackhole' && !to.destroyed) to.write(data);
      }, delay);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  };
  const server = createServer((client) => {
    if (state === 'cut') return client.resetAndDestroy();
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    // In a blackhole the connection is made, and nobody ever answers on it.
    const upstream = connect(targetPort, targetHost);
    sockets.add(upstream);
    upstream.on('close', () => sockets.delete(upstream));
    pipe(client, upstream);
    pipe(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    work(delayMs = 0) {
      // What was swallowed is gone: connections from before never work again.
      if (state === 'blackhole') drop();
      state = 'works';
      delay = delayMs;
    },
    cut() {
      state = 'cut';
      drop();
    },
    blackhole: () => void (state = 'blackhole'),
    close() {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
