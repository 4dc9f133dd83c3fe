import { beforeEach, describe, expect, it } from 'vitest';
import { createDrafts } from './drafts.ts';

describe('createDrafts', () => {
  beforeEach(() => sessionStorage.clear());

  it('keeps what was typed across a reload of the page', () => {
    createDrafts(sessionStorage).write('ada', 'config', { key: 'Other', value: '60' });
    expect(createDrafts(sessionStorage).read('ada', 'config')).toEqual({ key: 'Other', value: '60' });
  });

  it('gives nobody the draft of somebody else', () => {
    const drafts = createDrafts(sessionStorage);
    drafts.write('ada', 'config', { value: '60' });
    expect(drafts.read('bob', 'config')).toBeNull();
    expect(drafts.has('bob')).toBe(false);
    expect(drafts.has('ada')).toBe(true);
  });

  it('drops the drafts of others, also of one whose name begins alike', () => {
    const drafts = createDrafts(sessionStorage);
    drafts.write('ada', 'config', { value: '1' });
    drafts.write('ada2', 'config', { value: '2' });
    sessionStorage.setItem('something-else', 'stays');
    drafts.keepOnly('ada');
    expect(drafts.read('ada', 'config')).toEqual({ value: '1' });
    expect(drafts.read('ada2', 'config')).toBeNull();
    drafts.keepOnly(null);
    expect(drafts.has('ada')).toBe(false);
    expect(sessionStorage.getItem('something-else')).toBe('stays');
  });

  it('forgets a draft once it was sent', () => {
    const drafts = createDrafts(sessionStorage);
    drafts.write('ada', 'config', { value: '1' });
    drafts.forget('ada', 'config');
    expect(drafts.has('ada')).toBe(false);
  });

  it('takes a draft of another form for none', () => {
    sessionStorage.setItem('curfew-draft:ada:config', '{"value":{"nested":true}}');
    expect(createDrafts(sessionStorage).read('ada', 'config')).toBeNull();
  });
});
