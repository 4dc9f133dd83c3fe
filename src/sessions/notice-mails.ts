import { MINUTE_MS } from '../core/clock.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { LiveApiToken } from './api-tokens.ts';
import type { NoticeStore } from './ports.ts';
import type { TokenNotices } from './token-notices.ts';

const LOOK_EVERY_MS = 5 * MINUTE_MS;
/** How long whoever took a notice on has to send it; then the next one to look tries again. */
const FAILED_AFTER_MS = 15 * MINUTE_MS;

export interface Mail {
  /** Always the same for the same mail, so that one that comes twice can be told. */
  readonly id: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface NoticeMailsPorts {
  readonly store: NoticeStore;
  readonly notices: Pick<TokenNotices, 'expiring' | 'addresses'>;
  readonly clock: Clock;
  /** Where people go. */
  readonly portalUrl: string;
  send(mail: Mail): Promise<void>;
  /** Something failed that no caller waits for. */
  failed(error: unknown): void;
}

/** Tells by e-mail that a permanent API token expires soon: once for each, however many replicas look and restart. */
export class NoticeMails {
  readonly #ports: NoticeMailsPorts;
  #timer: Timer | null = null;
  #sending: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(ports: NoticeMailsPorts) {
    this.#ports = ports;
  }

  /** Looks now, and then every five minutes. */
  start(): void {
    this.#lookAt(this.#ports.clock.now());
  }

  /** Begins no further mail, and waits for the one that is being sent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.dispose();
    await this.#sending;
  }

  #lookAt(at: number): void {
    const { clock, failed } = this.#ports;
    this.#timer = clock.setTimer(at, () => {
      this.#sending = this.#sendAll()
        .catch(failed)
        .finally(() => {
          if (!this.#isStopped) this.#lookAt(clock.now() + LOOK_EVERY_MS);
        });
    });
  }

  async #sendAll(): Promise<void> {
    const { store, notices, clock, portalUrl, send, failed } = this.#ports;
    const to = await notices.addresses();
    if (to.length === 0) return;
    for (const { token, username } of (await notices.expiring(null)).items) {
      const now = clock.now();
      if (this.#isStopped) return;
      if (!(await store.takeNotice(token.id, now, now - FAILED_AFTER_MS))) continue;
      try {
        await send({ id: token.id, to, ...noticeOf(token, username, portalUrl) });
        await store.noteNoticeSent(token.id, clock.now());
      } catch (error) {
        // One that the mail server takes from nobody keeps no other one waiting.
        failed(error);
      }
    }
  }
}

function noticeOf({ apiToken }: LiveApiToken, username: string, portalUrl: string): Pick<Mail, 'subject' | 'text'> {
  const at = `${new Date(apiToken.expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const token = `The API token “${apiToken.name}” of ${username}`;
  const lines = [
    `${token} expires at ${at}. From then on, what uses it is refused.`,
    'It cannot be prolonged: an administrator makes a new one, and revokes this one.',
    '',
    `${portalUrl}/admin/users?dialog=tokens&search=${encodeURIComponent(username)}&user=${encodeURIComponent(username)}`,
  ];
  return { subject: `${token} expires at ${at}`, text: `${lines.join('\n')}\n` };
}
