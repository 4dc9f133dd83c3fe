import { describe, expect, it } from 'vitest';
import { describePreview } from './preview-line.tsx';

describe('describePreview', () => {
  const none = { live: 5, ending: 0 };

  it('counts each kind that something would end of, and says whether the own session is among them', () => {
    const portal = { live: 1041, ending: 3 };
    expect(describePreview({ portal, kubernetes: { live: 2, ending: 2 }, endsOwn: true, note: null })).toBe(
      'This would end 3 of 1,041 portal sessions and 2 of 2 Kubernetes sessions, your own among them.',
    );
    expect(describePreview({ portal, kubernetes: none, endsOwn: false, note: null })).toBe(
      'This would end 3 of 1,041 portal sessions.',
    );
    expect(
      describePreview({ portal: none, kubernetes: { live: 1, ending: 1 }, endsOwn: false, note: 'It never acts.' }),
    ).toBe('This would end 1 of 1 Kubernetes session. It never acts.');
  });

  it('says that nothing would end', () => {
    expect(describePreview({ portal: none, kubernetes: none, endsOwn: false, note: 'It never acts.' })).toBe(
      'This would end no live session. It never acts.',
    );
  });
});
