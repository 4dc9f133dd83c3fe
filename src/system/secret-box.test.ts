import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSecretBox, loadKeyFile } from './secret-box.ts';

const folder = mkdtempSync(join(tmpdir(), 'curfew-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a secret box', () => {
  const box = createSecretBox(randomBytes(32));

  it('opens what it sealed, and never seals the same twice', () => {
    expect(box.open('name', box.seal('name', 'sécret'))).toBe('sécret');
    expect(box.seal('name', 'x')).not.toBe(box.seal('name', 'x'));
  });

  it('opens nothing that was changed, or was sealed under another name or key', () => {
    const sealed = box.seal('name', 'secret');
    const changed = Buffer.from(sealed, 'base64');
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(() => box.open('name', changed.toString('base64'))).toThrow();
    expect(() => box.open('other', sealed)).toThrow();
    expect(() => createSecretBox(randomBytes(32)).open('name', sealed)).toThrow();
  });
});

describe('the key file', () => {
  it('is made once, for its owner only', () => {
    const path = join(folder, 'key');
    const key = loadKeyFile(path);
    expect(loadKeyFile(path)).toEqual(key);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is refused when it is something else', () => {
    const path = join(folder, 'text');
    writeFileSync(path, 'not a key');
    expect(() => loadKeyFile(path)).toThrow('is not one of Curfew');
  });
});
