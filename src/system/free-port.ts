import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The port itself, or a free one for 0: which hosts a server answers to must be known before it listens. */
export async function choosePort(port: number, host: string): Promise<number> {
  if (port !== 0) return port;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
