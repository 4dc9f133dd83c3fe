import { describe, expect, it } from 'vitest';
import { causeOf, describeEndsBy } from './end-words.ts';
import { ENDED, ownSession } from './own-session.fixture.ts';

describe('causeOf', () => {
  it('names the limit and its value', () => {
    expect(causeOf(ENDED)).toEqual({ label: 'Authorization token inactivity timeout', rest: ' is 60 minutes.' });
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
      'Authorization token inactivity timeout: 60 minutes (cluster prod)',
    );
    expect(describeEndsBy({ ...endsBy, label: null, value: null })).toBe('No limit');
  });
});
