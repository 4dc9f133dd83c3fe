import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PortalError } from '../../core/portal-error.ts';
import { createFakeClock } from '../../system/fake-clock.ts';
import type { ExecPlugin } from './cluster.ts';
import { createCredential } from './credential.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-credential-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A plugin that counts its runs and prints what it is told. */
function plugin(script: string, change: Partial<ExecPlugin> = {}): { exec: ExecPlugin; runs: () => number } {
  const command = join(folder, 'plugin');
  const log = join(folder, 'runs');
  writeFileSync(log, '');
  writeFileSync(command, `#!/bin/sh\necho run >> ${log}\n${script}\n`);
  chmodSync(command, 0o700);
  const apiVersion = 'client.authentication.k8s.io/v1' as const;
  return {
    exec: { apiVersion, command, args: [], env: {}, installHint: null, clusterInfo: null, ...change },
    runs: () => readFileSync(log, 'utf8').split('\n').length - 1,
  };
}

function printed(status: Record<string, unknown>, apiVersion = 'client.authentication.k8s.io/v1'): string {
  return `cat <<'END'\n${JSON.stringify({ kind: 'ExecCredential', apiVersion, status })}\nEND`;
}

async function messageOf(exec: ExecPlugin): Promise<string> {
  try {
    await createCredential({ kind: 'exec', exec }, { clock: createFakeClock() }).fetch();
  } catch (error) {
    if (error instanceof PortalError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'a credential';
}

describe('exec plugins', () => {
  it('runs once for all who wait, again shortly before it expires, and after a 401', async () => {
    const clock = createFakeClock();
    const expirationTimestamp = new Date(clock.now() + 600_000).toISOString();
    const { exec, runs } = plugin(printed({ token: 'secret', expirationTimestamp }));
    const credential = createCredential({ kind: 'exec', exec }, { clock });
    expect(credential.current()).toBeNull();
    const all = await Promise.all([credential.fetch(), credential.fetch()]);
    expect(all.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret']);
    expect(runs()).toBe(1);
    await clock.advance(594_999);
    expect(credential.current()).not.toBeNull();
    await clock.advance(1);
    expect(credential.current()).toBeNull();
    await credential.fetch();
    expect(runs()).toBe(2);
    credential.forget();
    expect(credential.current()).toBeNull();
  });

  it('takes a client certificate', async () => {
    const { exec } = plugin(printed({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }));
    const { authorization, certificate } = await createCredential(
      { kind: 'exec', exec },
      { clock: createFakeClock() },
    ).fetch();
    expect([authorization, certificate]).toEqual([null, { cert: 'CERT', key: 'KEY' }]);
  });

  it('tells the plugin what it asks for', async () => {
    const script = `test "$GREETING" = hello || exit 3; test "$1" = one || exit 4
      case "$KUBERNETES_EXEC_INFO" in *'"interactive":false'*'"server":"https://h"'*) ;; *) exit 5;; esac
      ${printed({ token: 't' })}`;
    const change = { args: ['one'], env: { GREETING: 'hello' }, clusterInfo: { server: 'https://h' } };
    expect(await messageOf(plugin(script, change).exec)).toBe('a credential');
  });

  it.each([
    [
      'echo "a secret of 10.1.2.3" >&2; exit 7',
      /^cluster-unavailable: .*ended with 7\. The log of Curfew has what it said\.$/,
    ],
    ['exit 7', /ended with 7\.$/],
    ['echo not json secret', /did not print an ExecCredential of client\.authentication\.k8s\.io\/v1\.$/],
    [printed({ token: 'secret' }, 'client.authentication.k8s.io/v1beta1'), /did not print an ExecCredential/],
    [printed({}), /neither a token nor a certificate/],
    [printed({ clientCertificateData: 'CERT' }), /certificate without a key/],
    ['kill -9 $$', /ended with SIGKILL/],
  ])('says in plain words what went wrong, and no secret: %s', async (script, message) => {
    const said = await messageOf(plugin(script).exec);
    expect(said).toMatch(message);
    expect(said).not.toContain('secret');
  });

  it('tells the log what a plugin that failed had to say', async () => {
    const { exec } = plugin('echo "please log in first" >&2; exit 7');
    const complaints: string[] = [];
    const ports = { clock: createFakeClock(), complained: (stderr: string) => void complaints.push(stderr) };
    await expect(createCredential({ kind: 'exec', exec }, ports).fetch()).rejects.toThrow('ended with 7');
    expect(complaints).toEqual(['please log in first\n']);
  });

  it('says that a plugin is not there, and how to get it', async () => {
    const { exec } = plugin('', { command: join(folder, 'gone'), installHint: 'Install the thing.' });
    expect(await messageOf(exec)).toMatch(/was not found\. Install the thing\.$/);
    expect(await messageOf({ ...exec, command: folder })).toMatch(/may not be run/);
  });

  it('does not wait for ever', async () => {
    const clock = createFakeClock();
    const { exec } = plugin('exec sleep 1000');
    const fetching = createCredential({ kind: 'exec', exec }, { clock }).fetch();
    const [outcome] = await Promise.all([fetching.catch(String), clock.advance(60_000)]);
    expect(outcome).toMatch('did not answer within 60 s');
  });

  it('may be tried again after it failed', async () => {
    const { exec } = plugin(`test -e ${join(folder, 'ok')} || exit 1\n${printed({ token: 't' })}`);
    const credential = createCredential({ kind: 'exec', exec }, { clock: createFakeClock() });
    await expect(credential.fetch()).rejects.toThrow('ended with 1');
    writeFileSync(join(folder, 'ok'), '');
    expect((await credential.fetch()).authorization).toBe('Bearer t');
  });
});

describe('token files', () => {
  it('are read again after a minute', async () => {
    const clock = createFakeClock();
    const path = join(folder, 'token');
    writeFileSync(path, 'one\n');
    const credential = createCredential({ kind: 'token-file', path }, { clock });
    expect((await credential.fetch()).authorization).toBe('Bearer one');
    writeFileSync(path, 'two\n');
    await clock.advance(59_999);
    expect(credential.current()?.authorization).toBe('Bearer one');
    await clock.advance(1);
    expect(credential.current()).toBeNull();
    expect((await credential.fetch()).authorization).toBe('Bearer two');
  });

  it('that are gone are an unavailable cluster', async () => {
    const credential = createCredential(
      { kind: 'token-file', path: join(folder, 'gone') },
      { clock: createFakeClock() },
    );
    await expect(credential.fetch()).rejects.toMatchObject({ code: 'cluster-unavailable' });
  });
});

describe('fixed credentials', () => {
  it('are at hand', () => {
    const clock = createFakeClock();
    expect(createCredential({ kind: 'none' }, { clock }).current()?.authorization).toBeNull();
    expect(createCredential({ kind: 'token', token: 't' }, { clock }).current()?.authorization).toBe('Bearer t');
    const basic = createCredential({ kind: 'basic', username: 'a', password: 'b' }, { clock });
    expect(basic.current()?.authorization).toBe('Basic YTpi');
  });
});
