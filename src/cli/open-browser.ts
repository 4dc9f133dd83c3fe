import { spawn } from 'node:child_process';
import type { Surroundings } from './surroundings.ts';

/** What opens an address in the browser of whoever sits there. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
  linux: ['xdg-open'],
};
/** Some go on for as long as the browser does: one that has not failed by then has opened it. */
const FAILS_WITHIN_MS = 3000;

/** Whether there is a browser on this machine in front of somebody, as far as one can tell beforehand. */
export function mayOpenBrowser({ env, platform }: Pick<Surroundings, 'env' | 'platform'>): boolean {
  if (isSet(env['BROWSER'])) return true;
  if (platform === 'linux') return isSet(env['DISPLAY']) || isSet(env['WAYLAND_DISPLAY']);
  // Somebody is there over the network: the browser would open in front of nobody.
  return platform in OPENERS && !isSet(env['SSH_CONNECTION']);
}

/** Opens an address in the browser, or in what `BROWSER` names. @returns whether that worked */
export function openBrowser(url: string, { env, platform, clock }: Surroundings): Promise<boolean> {
  const named = env['BROWSER'];
  const [command, ...options] = isSet(named) ? [named] : (OPENERS[platform] ?? ['xdg-open']);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const opener = spawn(command, [...options, url], { stdio: 'ignore', detached: true });
  const timer = clock.setTimer(clock.now() + FAILS_WITHIN_MS, () => resolve(true));
  opener.once('error', () => resolve(false)).once('exit', (code) => resolve(code === 0));
  opener.unref();
  return promise.finally(() => timer.dispose());
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
