import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ownerTag, tagOwnerIsGone } from './leftovers.ts';

describe.runIf(process.platform === 'linux')('the tag of what a portal leaves behind', () => {
  const [namespace, pid, startTicks] = ownerTag().split('-');

  it('is of a process that runs', () => {
    expect(tagOwnerIsGone(`${ownerTag()}-x`)).toBe(false);
  });

  it('is of one that is no more, also where its pid has come again', () => {
    const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    expect(tagOwnerIsGone(`${namespace}-${gone}-${startTicks}-x`)).toBe(true);
    expect(tagOwnerIsGone(`${namespace}-${pid}-${Number(startTicks) - 1}-x`)).toBe(true);
  });

  it('is nothing to judge where it is of another container, or no tag', () => {
    expect(tagOwnerIsGone(`1${namespace}-${pid}-1-x`)).toBe(false);
    expect(tagOwnerIsGone('something-else')).toBe(false);
  });
});
