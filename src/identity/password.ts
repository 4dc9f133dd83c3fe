import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { PortalError } from '../core/portal-error.ts';

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const TAG_LENGTH = 32;
const AT_ONCE = 2;
const MOST_WAITING = 32;
const RETRY_AFTER_MS = 2000;

const PASSWORD_RULE = 'A password has 12 to 1024 characters.';

/** What an account that does not exist is verified against: the same cost, and no password has this hash. */
const DECOY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

const deriveKey = promisify(argon2);

/** @throws PortalError `invalid-request` when a new password breaks `PASSWORD_RULE` */
export function checkNewPassword(password: string, field: string): void {
  const { length } = Array.from(password);
  if (length < 12 || length > 1024) throw new PortalError('invalid-request', PASSWORD_RULE, { field });
}

/**
 * Hashes and verifies passwords with argon2id, two at a time; a bounded number waits, and beyond that the answer is
 * `overloaded`, so that sign-ins cannot exhaust the machine (security, Exhaustion).
 */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @returns a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const tag = await this.#derive(password, salt, COST, TAG_LENGTH);
    const cost = `m=${COST.memory},t=${COST.passes},p=${COST.parallelism}`;
    return `$argon2id$v=19$${cost}$${unpadded(salt)}$${unpadded(tag)}`;
  }

  /** @param phc what `hash` returned; null for an account that does not exist, which takes just as long */
  async verify(password: string, phc: string | null): Promise<boolean> {
    const { cost, salt, tag } = parsePhc(phc ?? DECOY);
    const derived = await this.#derive(password, salt, cost, tag.length);
    return timingSafeEqual(derived, tag) && phc !== null;
  }

  async #derive(password: string, nonce: Buffer, cost: typeof COST, tagLength: number): Promise<Buffer> {
    if (this.#running >= AT_ONCE) await this.#wait();
    else this.#running++;
    try {
      return await deriveKey('argon2id', { message: password.normalize('NFKC'), nonce, tagLength, ...cost });
    } finally {
      // Whoever waits takes the place over: between giving it back and taking it, nobody slips in.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) {
      throw new PortalError('overloaded', 'Too many people are signing in right now. Try again in a moment.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

function parsePhc(phc: string): { cost: typeof COST; salt: Buffer; tag: Buffer } {
  const [, memory, passes, parallelism, salt, tag] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc) ?? [];
  if (salt === undefined || tag === undefined) throw new Error('a stored password hash is not argon2id');
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}
