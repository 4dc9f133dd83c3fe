/** The settings of System Config about the notices before a permanent API token expires, as they are stored. */
export const NOTICE_KEYS = ['EnableUserTokenExpirationNotification', 'UserTokenExpirationNotificationEmails'] as const;

export type NoticeKey = (typeof NOTICE_KEYS)[number];

export interface NoticeEntry {
  readonly key: NoticeKey;
  /** What the pane and every message call it. */
  readonly label: string;
  readonly description: string;
  readonly unit: 'days' | 'e-mails';
  /** What holds where nothing is stored, as it would be stored. */
  readonly defaultValue: string;
  /** What is allowed as a value, as a phrase. */
  readonly allowed: string;
}

const MOST_DAYS = 365;
const MOST_ADDRESSES = 20;
/** What browsers take for an e-mail address (HTML standard, section 4.10.5.1.5). */
const ADDRESS =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** In the order in which the pane lists them. */
export const NOTICE_SETTINGS: readonly NoticeEntry[] = [
  {
    key: 'EnableUserTokenExpirationNotification',
    label: 'Enable User Token Expiration Notification',
    description: 'How long before a permanent API token expires its user and administrators are told.',
    unit: 'days',
    defaultValue: '14',
    allowed: `0 (off), or a whole number of days from 1 to ${MOST_DAYS}`,
  },
  {
    key: 'UserTokenExpirationNotificationEmails',
    label: 'User Token Expiration Notification Emails',
    description: 'Who is to get these notices by e-mail, for the tokens of all users. The server needs --smtp-url.',
    unit: 'e-mails',
    defaultValue: '',
    allowed: `at most ${MOST_ADDRESSES} e-mail addresses, separated by commas`,
  },
];

/** The entry that a stored key means: its own key or its label, letter for letter; null for any other key. */
export function noticeEntryNamed(name: string): NoticeEntry | null {
  return NOTICE_SETTINGS.find(({ key, label }) => key === name || label === name) ?? null;
}

/** The addresses of a value, each once, in lower case and in order: the same people are the same text. */
export function addressesOf(value: string): string[] {
  const addresses = value.split(',').map((each) => each.trim().toLowerCase());
  return [...new Set(addresses)].filter((each) => each !== '').toSorted();
}

/** @returns a sentence that says what is allowed, where a value is not */
export function refuseNoticeValue(entry: NoticeEntry, value: string): string | null {
  const isAllowed = entry.unit === 'days' ? isDays(value) : areAddresses(value);
  if (isAllowed) return null;
  const given =
    value === '' ? 'Nothing was given' : `“${value.length > 40 ? `${value.slice(0, 40)}…` : value}” is not allowed`;
  return `${given}: ${entry.label} takes ${entry.allowed}.`;
}

function isDays(value: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(value) && Number(value) <= MOST_DAYS;
}

function areAddresses(value: string): boolean {
  const addresses = value.split(',').map((each) => each.trim());
  return addresses.length <= MOST_ADDRESSES && addresses.every((each) => each.length <= 254 && ADDRESS.test(each));
}
