import type { LimitedKind } from './session-kind.ts';

/** The keys that mean something to Curfew, as they are stored (design, section 3). */
export const CATALOGUE_KEYS = [
  'AuthorizationTokenSessionDuration',
  'AuthorizationTokenInactivityTimeout',
  'MaximumK8sSessionDuration',
  'K8sSessionInactivityTimeout',
  'SessionExpiryWarning',
] as const;

export type CatalogueKey = (typeof CATALOGUE_KEYS)[number];

export interface CatalogueEntry {
  readonly key: CatalogueKey;
  /** What the pane and every message call it. */
  readonly label: string;
  readonly description: string;
  /** All in minutes. */
  readonly defaultMinutes: number;
  readonly minMinutes: number;
  readonly maxMinutes: number;
  /** Whether 0 is allowed and means that the limit is off. */
  readonly canBeOff: boolean;
  /** Which sessions it limits and how; absent for settings that end nothing. */
  readonly limits?: { readonly kind: LimitedKind; readonly by: 'duration' | 'inactivity' };
}

const ENTRIES: Record<CatalogueKey, Omit<CatalogueEntry, 'key'>> = {
  AuthorizationTokenSessionDuration: {
    label: 'Authorization token session duration',
    description: 'How long a portal session lasts before the user must re-authenticate.',
    defaultMinutes: 480,
    minMinutes: 1,
    maxMinutes: 43_200,
    canBeOff: false,
    limits: { kind: 'portal', by: 'duration' },
  },
  AuthorizationTokenInactivityTimeout: {
    label: 'Authorization token inactivity timeout',
    description: 'How long a portal session may go without anything its user does.',
    defaultMinutes: 60,
    minMinutes: 1,
    maxMinutes: 43_200,
    canBeOff: true,
    limits: { kind: 'portal', by: 'inactivity' },
  },
  MaximumK8sSessionDuration: {
    label: 'Maximum K8s Session Duration',
    description: 'How long a Kubernetes session (kubectl shell, kubectl) lasts before the user must re-authenticate.',
    defaultMinutes: 60,
    minMinutes: 1,
    maxMinutes: 43_200,
    canBeOff: false,
    limits: { kind: 'kubernetes', by: 'duration' },
  },
  K8sSessionInactivityTimeout: {
    label: 'K8s session inactivity timeout',
    description: 'How long a Kubernetes session may go without anything its user does.',
    defaultMinutes: 30,
    minMinutes: 1,
    maxMinutes: 43_200,
    canBeOff: true,
    limits: { kind: 'kubernetes', by: 'inactivity' },
  },
  SessionExpiryWarning: {
    label: 'Session expiry warning',
    description: 'How long before the end of a session its user is warned.',
    defaultMinutes: 5,
    minMinutes: 1,
    maxMinutes: 60,
    canBeOff: false,
  },
};

/** Every setting of the catalogue, in the order in which the pane lists them. */
export const CATALOGUE: readonly CatalogueEntry[] = CATALOGUE_KEYS.map((key) => ({ key, ...ENTRIES[key] }));

export function isCatalogueKey(key: string): key is CatalogueKey {
  return Object.hasOwn(ENTRIES, key);
}

export function catalogueEntry(key: CatalogueKey): CatalogueEntry {
  return { key, ...ENTRIES[key] };
}

/** The entry that a stored key means: its own key or its label, letter for letter; null for a free key. */
export function catalogueEntryNamed(name: string): CatalogueEntry | null {
  return CATALOGUE.find(({ key, label }) => key === name || label === name) ?? null;
}

/** What is allowed as a value, as one sentence: `a whole number of minutes from 1 to 43200`. */
export function describeAllowed(entry: CatalogueEntry): string {
  const off = entry.canBeOff ? '0 (off), or ' : '';
  return `${off}a whole number of minutes from ${entry.minMinutes} to ${entry.maxMinutes}`;
}

/**
 * Reads a setting's value.
 *
 * @param text what was typed; only `^(0|[1-9][0-9]*)$` is a number here (no sign, no fraction, no unit, no blanks)
 * @returns the minutes, or a sentence that says what is allowed
 */
export function parseMinutes(entry: CatalogueEntry, text: string): { minutes: number } | { refusal: string } {
  const minutes = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : Number.NaN;
  const inRange = minutes >= entry.minMinutes && minutes <= entry.maxMinutes;
  if (inRange || (minutes === 0 && entry.canBeOff)) return { minutes };
  const given =
    text === '' ? 'Nothing was given' : `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}” is not allowed`;
  return { refusal: `${given}: ${entry.label} takes ${describeAllowed(entry)}.` };
}
