import { describe, expect, it } from 'vitest';
import { describeEnding, endsSessions } from './ending-words.ts';

describe('endsSessions', () => {
  const bob = { role: 'User', readOnly: false, disabled: false } as const;

  it('holds for a role, the read-only flag and disabling', () => {
    expect(endsSessions(bob, { ...bob, role: 'Administrator' })).toBe(true);
    expect(endsSessions(bob, { ...bob, readOnly: true })).toBe(true);
    expect(endsSessions({ ...bob, readOnly: true }, bob)).toBe(true);
    expect(endsSessions(bob, { ...bob, disabled: true })).toBe(true);
  });

  it('does not hold where nothing changes, or for enabling', () => {
    expect(endsSessions(bob, bob)).toBe(false);
    expect(endsSessions({ ...bob, disabled: true }, bob)).toBe(false);
  });
});

describe('describeEnding', () => {
  it('counts', () => {
    expect(describeEnding({ username: 'bob', liveSessions: 0 })).toBe(
      'bob has no live session. API tokens of bob end too.',
    );
    expect(describeEnding({ username: 'bob', liveSessions: 1 })).toMatch(/^1 live session of bob ends at once/);
    expect(describeEnding({ username: 'bob', liveSessions: 2 })).toMatch(/^2 live sessions of bob end at once/);
  });
});
