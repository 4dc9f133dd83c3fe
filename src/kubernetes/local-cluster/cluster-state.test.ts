import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadState, localClusterExists, markMade } from './cluster-state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-cluster-state-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a local cluster', () => {
  it('exists once it was ready, not from its first start on', async () => {
    expect(localClusterExists(folder)).toBe(false);
    await loadState(folder);
    expect(localClusterExists(folder)).toBe(false);
    markMade(folder);
    expect(localClusterExists(folder)).toBe(true);
  });

  it('keeps its id and its ports', async () => {
    const first = await loadState(folder);
    expect(await loadState(folder)).toEqual(first);
  });
});
