import { readFileSync } from 'node:fs';

/** What `LimitNOFILE` of deploy/curfew.service gives. */
const ENOUGH = 65_536;
/** Databases, listeners, the web UI, kubeconfigs: what is open beside streams. */
const OTHERS = 500;

/**
 * How many files this process may open; Node.js has raised the limit as far as it may.
 *
 * @param limits what stands in `/proc/self/limits`
 * @returns `Infinity` where there is no limit, or none is known
 */
export function mostOpenFiles(limits = readLimits()): number {
  const files = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return files === undefined ? Number.POSITIVE_INFINITY : Number(files);
}

/**
 * A sentence for operators where this process may open few files.
 *
 * @returns null where they are enough
 */
export function describeFewFiles(files = mostOpenFiles()): string | null {
  if (files >= ENOUGH) return null;
  const streams = Math.max(0, Math.floor((files - OTHERS) / 2));
  return `This process may open ${files} files, which is enough for about ${streams} streams. Raise LimitNOFILE, or ulimit -Hn, for more.`;
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    // Only Linux has it.
    return '';
  }
}
