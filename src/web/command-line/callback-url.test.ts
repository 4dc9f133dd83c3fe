import { expect, it } from 'vitest';
import { callbackUrl } from './callback-url.ts';

it('leads to this machine alone, whatever the state is', () => {
  const approved = { isApproved: true, redirectPort: 40_000, code: 'abc' };
  expect(callbackUrl(approved, 'xyz')).toBe('http://127.0.0.1:40000/?code=abc&state=xyz');
  expect(callbackUrl(approved, '&code=evil#@evil.example')).toBe(
    'http://127.0.0.1:40000/?code=abc&state=%26code%3Devil%23%40evil.example',
  );
});

it('says that somebody refused, and nothing where nobody waits', () => {
  expect(callbackUrl({ isApproved: false, redirectPort: 40_000, code: null }, 'xyz')).toBe(
    'http://127.0.0.1:40000/?error=access_denied&state=xyz',
  );
  expect(callbackUrl({ isApproved: true, redirectPort: null, code: null }, 'xyz')).toBeNull();
});
