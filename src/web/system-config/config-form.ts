import { catalogueEntryNamed, parseMinutes } from '../../core/catalogue.ts';
import { CONFIG_TYPES } from '../../wire/system-config.ts';
import { readMinutes } from '../words/duration.ts';

/** The choice that lets a free name be typed, for Config Type and for Key. */
export const OTHER = 'Other';
export const TYPE_CHOICES = [...CONFIG_TYPES, OTHER];

export interface ConfigValues {
  /** What is chosen: one of `TYPE_CHOICES`, and the free name beside it. */
  readonly typeChoice: string;
  readonly typeName: string;
  /** A key of the catalogue or `OTHER`, and the free name beside it. */
  readonly keyChoice: string;
  readonly keyName: string;
  readonly value: string;
}

/** The Config Type that is sent. */
export function typeOf(values: Pick<ConfigValues, 'typeChoice' | 'typeName'>): string {
  return values.typeChoice === OTHER ? values.typeName.trim() : values.typeChoice;
}

/** Whether the key's name is typed: keys of the catalogue exist only as `AppConfig` (design, section 3). */
export function hasFreeKey(values: Pick<ConfigValues, 'typeChoice' | 'keyChoice'>): boolean {
  return values.typeChoice !== 'AppConfig' || values.keyChoice === OTHER;
}

/** The key that is sent; empty where none was chosen yet. */
export function keyOf(values: Omit<ConfigValues, 'value' | 'typeName'>): string {
  return hasFreeKey(values) ? values.keyName.trim() : values.keyChoice;
}

/** The minutes that a value of a catalogue key means; null for anything else. */
export function minutesOf(key: string, value: string): number | null {
  const entry = catalogueEntryNamed(key);
  if (entry === null) return null;
  const parsed = parseMinutes(entry, value);
  return 'minutes' in parsed ? parsed.minutes : null;
}

/** How a value reads: `= 1 hour`; empty where it is no allowed number of minutes. */
export function readingOf(key: string, value: string): string {
  const minutes = minutesOf(key, value);
  return minutes === null ? '' : `= ${readMinutes(minutes)}`;
}
