import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeOnce } from './write-whole.ts';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const KEY_LENGTH = 32;

/** Seals the portal's own secrets for the store: AES-256-GCM, with the row's name as additional data. */
export interface SecretBox {
  seal(name: string, secret: string): string;
  /** @throws when the text was changed, or sealed under another name or key */
  open(name: string, sealed: string): string;
}

export function createSecretBox(key: Buffer): SecretBox {
  return {
    seal(name, secret) {
      const nonce = randomBytes(NONCE_LENGTH);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
    },
    open(name, sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const nonce = bytes.subarray(0, NONCE_LENGTH);
      const tag = bytes.subarray(NONCE_LENGTH, NONCE_LENGTH + TAG_LENGTH);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name)).setAuthTag(tag);
      return decipher.update(bytes.subarray(NONCE_LENGTH + TAG_LENGTH), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}

/** Names things by a keyed hash, so that nobody without the key can tell what is named, nor try names out. */
export function createNaming(key: Buffer, purpose: string): (text: string) => string {
  return (text) => createHmac('sha256', key).update(`${purpose}\0${text}`).digest('base64url');
}

/**
 * Reads the key file, or makes it: 32 random bytes, readable by its owner only. It belongs in no backup.
 *
 * @throws Error whose message goes on after the file's name
 */
export function loadKeyFile(path: string): Buffer {
  const key = readOrMake(path);
  if (key.length === KEY_LENGTH) return key;
  const remedy = 'Put back the one that the database was made with';
  throw new Error(`is not one of Curfew: its length is ${key.length}, and not ${KEY_LENGTH} bytes. ${remedy}`);
}

function readOrMake(path: string): Buffer {
  try {
    if (!existsSync(path)) writeOnce(path, randomBytes(KEY_LENGTH));
    return readFileSync(path);
  } catch (error) {
    throw new Error(`cannot be read or made: ${(error as Error).message}`, { cause: error });
  }
}
