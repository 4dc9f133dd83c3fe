import { searchTypes } from '../resource-type.ts';
import type { ResourceType } from '../resource-type.ts';

/** Something that the palette leads to. */
export interface PaletteEntry {
  /** Unique among all. */
  readonly id: string;
  readonly label: string;
  /** What it is, or where. */
  readonly description: string;
  readonly run: () => void;
}

/** What a part of the page has to offer. Asked with each letter, of which the answer may make use. */
export type PaletteSource = (words: string) => readonly PaletteEntry[];

const MOST_SHOWN = 30;

/** What matches, the best first: those that are called so, those that begin so, then the others; in the order of their sources. */
export function findEntries(sources: Iterable<PaletteSource>, search: string): PaletteEntry[] {
  const words = search.trim().toLowerCase();
  const found = [...sources].flatMap((source) => source(words));
  const scored = found.flatMap((entry) => {
    const score = scoreOf(entry, words);
    return score === null ? [] : [{ entry, score }];
  });
  return scored
    .toSorted((a, b) => a.score - b.score)
    .slice(0, MOST_SHOWN)
    .map(({ entry }) => entry);
}

function scoreOf({ id, label }: PaletteEntry, words: string): number | null {
  const text = label.toLowerCase();
  // A kind is found by its plural, short names and group as well.
  if (text === words || id === `kind ${words}`) return 0;
  if (text.startsWith(words)) return 1;
  return text.includes(words) || id.startsWith('kind ') ? 2 : null;
}

/** The kinds that match, each as an entry; one that is called exactly so, or for short, is the best of all. */
export function kindEntries(
  types: readonly ResourceType[],
  words: string,
  run: (type: ResourceType) => void,
): PaletteEntry[] {
  return searchTypes(types, words).map((type) => {
    const isExact = words !== '' && (type.shortNames.includes(words) || type.plural === words);
    return {
      id: isExact ? `kind ${words}` : `kind ${type.key}`,
      label: type.kind,
      description: type.group === '' ? 'Kind' : `Kind of ${type.group}`,
      run: () => run(type),
    };
  });
}
