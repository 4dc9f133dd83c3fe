import { describe, expect, it } from 'vitest';
import { NOTICE_SETTINGS, addressesOf, noticeEntryNamed, refuseNoticeValue } from './notice-settings.ts';
import type { NoticeEntry } from './notice-settings.ts';

const [days, emails] = NOTICE_SETTINGS as [NoticeEntry, NoticeEntry];

describe('the days before a notice', () => {
  it.each(['0', '1', '14', '365'])('may be %s', (text) => expect(refuseNoticeValue(days, text)).toBeNull());

  it.each(['', '366', '-1', '1.5', '014', ' 7', '7d', '٣'])('refuses “%s” and says what is allowed', (text) => {
    expect(refuseNoticeValue(days, text)).toContain('takes 0 (off), or a whole number of days from 1 to 365.');
  });
});

describe('who gets notices', () => {
  it.each(['a@b.example', 'A.b+c@mail.example.org, d@localhost', ' a@b.example ,c@d.example'])('may be %s', (text) =>
    expect(refuseNoticeValue(emails, text)).toBeNull(),
  );

  it.each([
    '',
    'ada',
    'a@b.example,',
    'a@b.example;c@d.example',
    'Ada <a@b.example>',
    'a@b.example\r\nbcc: e@f.example',
    'a@-b.example',
    'a b@c.example',
    Array(21).fill('a@b.example').join(','),
  ])('refuses “%s” and says what is allowed', (text) => {
    expect(refuseNoticeValue(emails, text)).toContain('takes at most 20 e-mail addresses, separated by commas.');
  });

  it('are the same people however they are written', () => {
    expect(addressesOf('B@x.example, a@x.example,b@X.example')).toEqual(['a@x.example', 'b@x.example']);
    expect(addressesOf('')).toEqual([]);
  });
});

it('settings are named by key and by label, letter for letter', () => {
  expect(NOTICE_SETTINGS.map(({ key }) => noticeEntryNamed(key)?.key)).toEqual(NOTICE_SETTINGS.map(({ key }) => key));
  expect(noticeEntryNamed('Enable User Token Expiration Notification')).toBe(days);
  expect(noticeEntryNamed('toString')).toBeNull();
});
