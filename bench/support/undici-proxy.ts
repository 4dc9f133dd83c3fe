import { join } from 'node:path';
import { PEERS } from './packages.ts';
import type { Scratch } from './scratch.ts';
import { freePort, startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

/** The least that forwarding with undici costs. @param files the upstream's authority, and a certificate to show it */
export async function startUndiciProxy(
  scratch: Scratch,
  upstream: string,
  files: readonly [ca: string, certificate?: string, key?: string],
): Promise<{ server: ServerProcess; port: number }> {
  const port = await freePort();
  const command = [process.execPath, join(PEERS, 'undici-proxy.mjs'), String(port), upstream, ...files] as const;
  const server = await startServer(scratch, 'undici-proxy', [...command] as [string, ...string[]], {
    saying: /^ready$/m,
  });
  return { server, port };
}
