import type { Clock, Timer } from '../core/clock.ts';
import { loadLocalTls, renewalAt } from './local-ca.ts';
import type { TlsFiles } from './local-ca.ts';

/** How soon a renewal is tried again that failed, e.g. on a full disk. */
const RETRY_MS = 60 * 60_000;

/** The certificate of the TLS listener, which is made anew in time while the portal runs. */
export interface LocalTls {
  files(): TlsFiles;
  /** Calls back each time that there are new files. */
  onRenewed(listener: () => void): void;
  stop(): void;
}

/** @param failed hears of a renewal that failed; it is tried again, and the old files stand meanwhile */
export async function openLocalTls(folder: string, clock: Clock, failed: (error: unknown) => void): Promise<LocalTls> {
  let files = await loadLocalTls(folder, clock);
  let timer: Timer | null = null;
  let isStopped = false;
  const listeners: (() => void)[] = [];

  const renew = async (): Promise<void> => {
    let next: number;
    try {
      files = await loadLocalTls(folder, clock);
      for (const listener of listeners) listener();
      next = renewalAt(files);
    } catch (error) {
      failed(error);
      next = clock.now() + RETRY_MS;
    }
    remindAt(next);
  };
  const remindAt = (at: number): void => {
    if (!isStopped) timer = clock.setTimer(at, () => void renew());
  };
  remindAt(renewalAt(files));

  return {
    files: () => files,
    onRenewed: (listener) => void listeners.push(listener),
    stop() {
      isStopped = true;
      timer?.dispose();
    },
  };
}
