import { readFile } from 'node:fs/promises';
import { hasCode } from './process-identity.ts';

/** A file's text; empty where there is no such file. */
export async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}
