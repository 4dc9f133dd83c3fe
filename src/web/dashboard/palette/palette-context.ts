import { createContext, useContext, useEffect, useRef } from 'react';
import type { PaletteSource } from './palette-entries.ts';

/** What offers something to the palette, in the order in which it came. */
export const PaletteContext = createContext<Set<PaletteSource>>(new Set());

/** Offers something to the palette as long as a part of the page is there. */
export function usePaletteSource(source: PaletteSource): void {
  const sources = useContext(PaletteContext);
  const newest = useRef(source);
  useEffect(() => {
    newest.current = source;
  });
  useEffect(() => {
    const ask: PaletteSource = (words) => newest.current(words);
    sources.add(ask);
    return () => void sources.delete(ask);
  }, [sources]);
}
