import { describe, expect, it } from 'vitest';
import { describeRemoval } from './access-dialog.tsx';

describe('describeRemoval', () => {
  it('names whom it hits, and how many live sessions end', () => {
    expect(describeRemoval({ kind: 'user', subject: 'bob', ending: 1 }, 'prod')).toBe(
      'Take access to prod away from bob? 1 live Kubernetes session there ends at once.',
    );
    expect(describeRemoval({ kind: 'role', subject: 'User', ending: 12 }, 'prod')).toBe(
      'Take access to prod away from everybody with the role User? 12 live Kubernetes sessions there end at once.',
    );
    expect(describeRemoval({ kind: 'user', subject: 'bob', ending: 0 }, 'prod')).toMatch(/No live session ends by it/);
  });
});
