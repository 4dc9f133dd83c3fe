import { describe, expect, it } from 'vitest';
import { describePreview } from './preview-line.tsx';

describe('describePreview', () => {
  it('counts, and says whether the own session is one of them', () => {
    expect(describePreview({ live: 41, ending: 3, endsOwn: true, note: null })).toBe(
      '3 of 41 live sessions end now, including yours.',
    );
    expect(describePreview({ live: 1, ending: 1, endsOwn: false, note: null })).toBe('1 of 1 live session ends now.');
    expect(describePreview({ live: 2, ending: 0, endsOwn: false, note: 'It never acts.' })).toBe(
      'None of 2 live sessions ends now. It never acts.',
    );
  });
});
