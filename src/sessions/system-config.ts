import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import { CATALOGUE, catalogueEntryNamed, parseMinutes } from '../core/catalogue.ts';
import type { CatalogueEntry } from '../core/catalogue.ts';
import type { Clock } from '../core/clock.ts';
import { describeNeverActing } from '../core/explain.ts';
import { SYSTEM_SCOPE } from '../core/limits.ts';
import { NOTICE_SETTINGS, noticeEntryNamed, refuseNoticeValue } from '../core/notice-settings.ts';
import type { NoticeEntry } from '../core/notice-settings.ts';
import { PortalError } from '../core/portal-error.ts';
import { isVisibleText } from '../core/visible-text.ts';
import { emptyPreview, previewLimit } from './limit-preview.ts';
import type { Preview } from './limit-preview.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { Setting, SettingStore } from './ports.ts';
import type { Sessions } from './sessions.ts';

/** What the keys of the catalogue exist as, and nothing else. */
const CATALOGUE_TYPE = 'AppConfig';

export interface SystemConfigPorts {
  readonly store: SettingStore;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/** The use cases of System Config: the administrator's list of settings, and what a change does. */
export class SystemConfig {
  readonly #ports: SystemConfigPorts;
  /** One write at a time, so that the store and the limits in memory agree about the order. */
  readonly #writes = new OneAtATime();

  constructor(ports: SystemConfigPorts) {
    this.#ports = ports;
  }

  list(): Promise<Setting[]> {
    return this.#ports.store.listSettings();
  }

  /**
   * Sets a key. A tightened limit has acted on the live sessions once this resolves.
   *
   * A label is accepted in place of its key and stored as it came: clients that know the setting by that name expect to
   * find it under it. One of the two stands for the limit, never both.
   *
   * @throws PortalError `invalid-request` with a sentence that says what is allowed; the old value stays
   */
  async set(input: { type: string; key: string; value: string }, by: string, address: string | null): Promise<Setting> {
    const minutes = readValue(input);
    return this.#writes.run(async () => {
      const at = this.#ports.clock.now();
      const entry = catalogueEntryNamed(input.key);
      const limit = entry !== null && minutes !== null ? { key: entry.key, minutes } : null;
      const named = entry ?? noticeEntryNamed(input.key);
      const otherKey = named === null ? null : input.key === named.key ? named.label : named.key;
      const record = this.#record(
        'config.set',
        by,
        address,
        input.key,
        `${input.key} was set to ${shorten(input.value)}.`,
      );
      const change = { ...input, by, at, ...(otherKey !== null && { otherKey }) };
      if ((await this.#ports.store.writeSetting(change, limit, record)) === 'other-key') {
        const what = entry === null ? 'setting' : 'limit';
        const message = `This ${what} is set already, with the key ${otherKey}. Change or delete that one.`;
        throw new PortalError('invalid-request', message, { field: 'key' });
      }
      if (limit !== null) await this.#ports.sessions.limitChanged({ ...limit, scope: SYSTEM_SCOPE, at });
      return { ...input, setBy: by, setAt: at };
    });
  }

  /** Deletes a key; a limit returns to its default. @throws PortalError `not-found` */
  async delete(key: string, by: string, address: string | null): Promise<void> {
    await this.#writes.run(async () => {
      const before = (await this.list()).find((setting) => setting.key === key);
      if (before === undefined) throw new PortalError('not-found', `There is no setting with the key ${shorten(key)}.`);
      const at = this.#ports.clock.now();
      const entry = catalogueEntryNamed(key);
      const limit = entry === null ? null : { key: entry.key, minutes: null };
      const record = this.#record(
        'config.deleted',
        by,
        address,
        key,
        `${key} was deleted; it was ${shorten(before.value)}.`,
      );
      await this.#ports.store.writeSetting({ type: before.type, key, value: null, by, at }, limit, record);
      if (limit !== null) await this.#ports.sessions.limitChanged({ ...limit, scope: SYSTEM_SCOPE, at });
    });
  }

  history(query: { search: string; offset: number; limit: number }) {
    return this.#ports.store.listSettingChanges(query);
  }

  /**
   * Counts the live sessions that a value would end at once, with the Kubernetes sessions that would end with their
   * portal session. Loosening ends none: live sessions keep what they have.
   *
   * @param value null stands for deleting the key
   * @param ownId the caller's portal session
   * @throws PortalError `invalid-request` as `set` does
   */
  async preview(key: string, value: string | null, ownId: string): Promise<Preview> {
    const entry = catalogueEntryNamed(key);
    if (entry?.limits === undefined) return emptyPreview();
    const minutes = value === null ? entry.defaultMinutes : readValue({ type: CATALOGUE_TYPE, key, value });
    return previewLimit(this.#ports, { key: entry.key, scope: SYSTEM_SCOPE, minutes }, ownId);
  }

  /** What is worth knowing of a value, though it is allowed: an inactivity timeout that can never act. */
  note(key: string, value: string | null): string | null {
    const entry = catalogueEntryNamed(key);
    if (entry?.limits === undefined) return null;
    const { kind } = entry.limits;
    const now = this.#ports.clock.now();
    const minutesOf = (by: 'duration' | 'inactivity'): number => {
      const each = CATALOGUE.find(({ limits }) => limits?.kind === kind && limits.by === by);
      if (each === undefined) return 0;
      if (each.key !== entry.key) return this.#ports.sessions.limits.minutes(each.key, now);
      return value === null ? each.defaultMinutes : Number(value);
    };
    const [duration, inactivity] = [minutesOf('duration'), minutesOf('inactivity')];
    return describeNeverActing(inactivity, duration);
  }

  #record(event: AuditEvent, actor: string, address: string | null, subject: string, sentence: string): AuditRecord {
    return { at: this.#ports.clock.now(), event, actor, subject, address, sentence };
  }
}

/** The minutes of a limit's value; null for a key that is none. @throws PortalError with what is allowed */
function readValue({ type, key, value }: { type: string; key: string; value: string }): number | null {
  checkVisible(type, 'type');
  checkVisible(key, 'key');
  checkValue(value);
  const entry = entryOf(key);
  if (entry === null) return null;
  if (type !== CATALOGUE_TYPE) {
    const message = `${entry.label} exists only with the Config Type ${CATALOGUE_TYPE}.`;
    throw new PortalError('invalid-request', message, { field: 'type' });
  }
  if ('unit' in entry) {
    const refusal = refuseNoticeValue(entry, value);
    if (refusal !== null) throw new PortalError('invalid-request', refusal, { field: 'value' });
    return null;
  }
  const parsed = parseMinutes(entry, value);
  if ('refusal' in parsed) throw new PortalError('invalid-request', parsed.refusal, { field: 'value' });
  return parsed.minutes;
}

/** The catalogue's entry for a key. A key in other letters would only look like a limit. */
function entryOf(key: string): CatalogueEntry | NoticeEntry | null {
  const named = catalogueEntryNamed(key) ?? noticeEntryNamed(key);
  if (named !== null) return named;
  const lookalike = [...CATALOGUE, ...NOTICE_SETTINGS].find((entry) =>
    [entry.key, entry.label].some((name) => name.toLowerCase() === key.normalize('NFKC').toLowerCase()),
  );
  if (lookalike === undefined) return null;
  const message = `This setting's key is ${lookalike.key}; “${shorten(key)}” would have no effect.`;
  throw new PortalError('invalid-request', message, { field: 'key' });
}

function checkVisible(text: string, field: string): void {
  if (isVisibleText(text)) return;
  const message = `The ${field} holds visible characters and single blanks between them: no control, zero-width or direction marks.`;
  throw new PortalError('invalid-request', message, { field });
}

/** A value may have lines; what would change how the rest of a page or a terminal shows is none of it. */
function checkValue(value: string): void {
  if (!/[^\P{Cc}\t\r\n]|[\p{Bidi_Control}\p{Cs}]/u.test(value)) return;
  const message = 'The value may hold no control characters but tabs and line ends, and no direction marks.';
  throw new PortalError('invalid-request', message, { field: 'value' });
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
