const LINE_FEED = 0x0a;

/** What a terminal has put out lately, for a page that comes back. */
export interface OutputHistory {
  push(chunk: Buffer): void;
  /** What is kept, oldest first. */
  read(): Buffer[];
}

/**
 * Keeps at most `maxBytes`. What no longer begins at the start of the output begins after a line feed, so that neither
 * a character nor an escape sequence is replayed by halves; where there is no line feed, nothing is left out of the
 * newest chunk but a torn character.
 */
export function createOutputHistory(maxBytes: number): OutputHistory {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let isCut = false;

  const dropOldest = (): void => {
    let dropped = 0;
    while (bytes - (chunks[dropped]?.length ?? 0) >= maxBytes) bytes -= chunks[dropped++]?.length ?? 0;
    chunks = chunks.slice(dropped);
    isCut ||= dropped > 0;
    const [oldest] = chunks;
    const excess = bytes - maxBytes;
    if (oldest === undefined || excess <= 0) return;
    // A copy, since a slice would keep the whole of a large chunk.
    chunks[0] = Buffer.from(oldest.subarray(excess));
    bytes = maxBytes;
    isCut = true;
  };

  return {
    push(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes) dropOldest();
    },
    read: () => (isCut ? fromSafeStart(chunks) : [...chunks]),
  };
}

function fromSafeStart(chunks: readonly Buffer[]): Buffer[] {
  for (const [index, chunk] of chunks.entries()) {
    const at = chunk.indexOf(LINE_FEED);
    if (at >= 0) return [chunk.subarray(at + 1), ...chunks.slice(index + 1)].filter(({ length }) => length > 0);
  }
  const [first, ...rest] = chunks;
  return first === undefined ? [] : [first.subarray(first.findIndex((byte) => (byte & 0xc0) !== 0x80)), ...rest];
}
