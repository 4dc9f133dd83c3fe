import { DAY_MS } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { NOTICE_SETTINGS, addressesOf, refuseNoticeValue } from '../core/notice-settings.ts';
import type { NoticeKey } from '../core/notice-settings.ts';
import type { ApiTokens, LiveApiToken } from './api-tokens.ts';
import type { SettingStore } from './ports.ts';

export interface TokenNoticesPorts {
  readonly store: Pick<SettingStore, 'listSettings'>;
  readonly apiTokens: Pick<ApiTokens, 'listLive'>;
  readonly clock: Clock;
}

/** Which permanent API tokens expire so soon that somebody is to be told. */
export class TokenNotices {
  readonly #ports: TokenNoticesPorts;

  constructor(ports: TokenNoticesPorts) {
    this.#ports = ports;
  }

  /**
   * Those that expire within the days that are set, the first before the others.
   *
   * @param userId null: of everybody
   */
  async expiring(userId: string | null): Promise<{ days: number; items: { token: LiveApiToken; username: string }[] }> {
    const { apiTokens, clock } = this.#ports;
    const days = Number(await this.#valueOf('EnableUserTokenExpirationNotification'));
    if (days === 0) return { days, items: [] };
    const until = clock.now() + days * DAY_MS;
    const live = await apiTokens.listLive(userId ?? undefined);
    return { days, items: live.filter(({ token }) => token.apiToken.expiresAt <= until) };
  }

  /** Who is to be told by e-mail, of the tokens of everybody. */
  async addresses(): Promise<string[]> {
    return addressesOf(await this.#valueOf('UserTokenExpirationNotificationEmails'));
  }

  /** What is set, or the default: also where what was stored as a free key, long ago, is not allowed. */
  async #valueOf(key: NoticeKey): Promise<string> {
    const entry = NOTICE_SETTINGS.find((each) => each.key === key);
    if (entry === undefined) throw new Error(`there is no setting ${key}`);
    const rows = await this.#ports.store.listSettings();
    const stored = rows.find((row) => row.key === entry.key || row.key === entry.label)?.value;
    return stored === undefined || refuseNoticeValue(entry, stored) !== null ? entry.defaultValue : stored;
  }
}
