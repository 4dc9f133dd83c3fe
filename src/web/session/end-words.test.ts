import { describe, expect, it } from 'vitest';
import { causeOf, describeEndsBy } from './end-words.ts';
import { ENDED, ownSession } from './own-session.fixture.ts';

describe('causeOf', () => {
  it('names the limit and its value', () => {
    expect(causeOf(ENDED)).toEqual({ label: 'Authorization token inactivity timeout', rest: ' is 60 minutes.' });
  });

  it('says whose it was, unless the system’s', () => {
    const scope = { kind: 'tenant', id: '0b1f', name: 'team-a' } as const;
    const limit = { label: 'Maximum K8s Session Duration', scope, value: 20 };
    expect(causeOf({ reason: 'max-duration', limit })?.rest).toBe(' is 20 minutes, the limit of the tenant team-a.');
  });

  it('says what people did', () => {
    expect(causeOf({ reason: 'signed-out', limit: null })).toEqual({ label: null, rest: 'You signed out.' });
    expect(causeOf({ reason: 'user-disabled', limit: null })?.rest).toBe('The account was disabled.');
  });

  it('says nothing of what it does not know', () => {
    expect(causeOf({ reason: null, limit: null })).toBeNull();
  });
});

describe('describeEndsBy', () => {
  it('names the scope unless it is the whole system', () => {
    const { endsBy } = ownSession();
    expect(describeEndsBy(endsBy)).toBe('Authorization token inactivity timeout: 60 minutes');
    expect(describeEndsBy({ ...endsBy, scope: { kind: 'cluster', id: 'prod' } })).toBe(
      'Authorization token inactivity timeout: 60 minutes, the limit of the cluster prod',
    );
    expect(describeEndsBy({ ...endsBy, label: null, value: null })).toBe('No limit');
  });
});
