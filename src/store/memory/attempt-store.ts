import type { AttemptStore, Failures } from '../../identity/ports.ts';

/** Failed attempts in memory. */
export function createMemoryAttemptStore(): AttemptStore {
  const attempts = new Map<string, Failures>();
  return {
    async findFailures(keys) {
      return new Map([...attempts].filter(([key]) => keys.includes(key)));
    },
    async countFailure(keys, next) {
      const none = { count: 0, lastAt: 0, blockedUntil: 0 };
      const counted = new Map(keys.map((key) => [key, next(key, attempts.get(key) ?? none)]));
      for (const [key, failures] of counted) attempts.set(key, failures);
      return counted;
    },
    async forgetFailuresOf(key) {
      attempts.delete(key);
    },
    async forgetFailures({ before, beyond }) {
      const newestToForget = [...attempts.values()].map(({ lastAt }) => lastAt).toSorted((a, b) => b - a)[beyond];
      for (const [key, { lastAt }] of attempts)
        if (lastAt < before || lastAt <= (newestToForget ?? -Infinity)) attempts.delete(key);
    },
  };
}
