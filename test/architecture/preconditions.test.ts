import { describe, expect, it } from 'vitest';
import { findTestObstacle } from '../support/preconditions.ts';

const DEBIAN_AS_ROOT = { platform: 'linux', isRoot: true, hasApt: true, missing: [] };

describe('npm test', () => {
  it('runs as root on Debian, where it can install what is missing', () => {
    expect(findTestObstacle(DEBIAN_AS_ROOT)).toBeNull();
    expect(findTestObstacle({ ...DEBIAN_AS_ROOT, missing: ['socat'] })).toBeNull();
  });

  it.each([
    ['elsewhere than on Linux', { platform: 'darwin' }, /needs Linux, and this is darwin/],
    ['without root', { isRoot: false }, /needs root/],
    ['without root, whatever is missing', { isRoot: false, missing: ['socat'] }, /needs root/],
    ['without apt-get where something is missing', { hasApt: false, missing: ['socat'] }, /no apt-get.*: socat\./],
  ])('does not begin %s, and says what runs', (_where, difference, said) => {
    const obstacle = findTestObstacle({ ...DEBIAN_AS_ROOT, ...difference });
    expect(obstacle).toMatch(said);
    expect(obstacle).toContain('`npm run check`');
  });
});
