import { describe, expect, it } from 'vitest';
import { PasswordHasher, checkNewPassword } from './password.ts';

describe('PasswordHasher', () => {
  it('verifies what it hashed, and nothing else', async () => {
    const passwords = new PasswordHasher();
    const phc = await passwords.hash('correct horse battery');
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await passwords.verify('correct horse battery', phc)).toBe(true);
    expect(await passwords.verify('correct horse batterz', phc)).toBe(false);
  });

  it('salts: the same password never has the same hash', async () => {
    const passwords = new PasswordHasher();
    expect(await passwords.hash('correct horse battery')).not.toBe(await passwords.hash('correct horse battery'));
  });

  it(
    'spends as much on an account that does not exist, and answers the same when overloaded',
    { timeout: 30_000 },
    async () => {
      const passwords = new PasswordHasher();
      /** The least of several: a busy machine adds to some. */
      const cpuOf = async (phc: string | null) => {
        const spent: number[] = [];
        for (let count = 0; count < 6; count++) {
          const before = process.cpuUsage();
          expect(await passwords.verify('x', phc)).toBe(false);
          spent.push(process.cpuUsage(before).user);
        }
        return Math.min(...spent);
      };
      const phc = await passwords.hash('correct horse battery');
      const [known, unknown] = [await cpuOf(phc), await cpuOf(null)];
      expect(unknown / known).toBeGreaterThan(0.5);
      expect(unknown / known).toBeLessThan(2);
      // An overload while the first unknown name is verified leaves no trace.
      await Promise.allSettled(Array.from({ length: 36 }, () => passwords.verify('x', null)));
      expect(await passwords.verify('x', null)).toBe(false);
    },
  );

  it('answers overloaded beyond a bounded queue', async () => {
    const passwords = new PasswordHasher();
    const phc = await passwords.hash('correct horse battery');
    const results = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.verify('x', phc)));
    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(6);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded', retryAfterMs: 2000 } });
    expect(await passwords.verify('correct horse battery', phc)).toBe(true);
  });
});

describe('checkNewPassword', () => {
  it('counts characters, not bytes', () => {
    expect(() => checkNewPassword('ä'.repeat(11), 'password')).toThrow('12 to 1024');
    expect(() => checkNewPassword('😀'.repeat(12), 'password')).not.toThrow();
    expect(() => checkNewPassword('x'.repeat(1025), 'password')).toThrow('12 to 1024');
  });
});
