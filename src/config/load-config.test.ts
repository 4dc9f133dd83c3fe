import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

const home = { HOME: '/home/ada' };

const folder = mkdtempSync(join(tmpdir(), 'curfew-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const path = join(folder, 'curfew.yaml');
  writeFileSync(path, text);
  return path;
}

describe('loadConfig', () => {
  it('listens on loopback and keeps its data in the home folder unless told otherwise', () => {
    expect(loadConfig({}, home)).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      tlsPort: 8443,
      dataDir: '/home/ada/.local/share/curfew',
      databaseConnections: 10,
      databaseSilenceMs: 15_000,
      cacheDir: '/home/ada/.cache/curfew',
      localCluster: true,
    });
  });

  it('runs shells on this machine, or in pods of an image', () => {
    expect(loadConfig({}, home).shellPods).toBeNull();
    const flags = { 'shell-sandbox': 'pod', 'shell-pod-image': 'registry.example/curfew-shell:1' };
    expect(loadConfig(flags, home).shellPods).toEqual({
      clusterId: 'in-cluster',
      namespace: 'curfew-shells',
      image: 'registry.example/curfew-shell:1',
      pullPolicy: 'IfNotPresent',
    });
    expect(() => loadConfig({ 'shell-sandbox': 'pod' }, home)).toThrow(/--shell-pod-image/);
    expect(() => loadConfig({ ...flags, 'shell-pod-namespace': 'a/../b' }, home)).toThrow(/shell-pod-namespace/);
  });

  it('calls replicas differently, and a process that is alone always the same', () => {
    const database = 'postgres://curfew@db/curfew';
    const names = [{ database }, { database }, { database, 'replica-name': 'a' }, {}, {}];
    const [first, second, ...rest] = names.map((flags) => loadConfig(flags, home).replicaName);
    expect(first).toMatch(/^[0-9a-f]{8}$/);
    expect(second).not.toBe(first);
    expect(rest).toEqual(['a', 'one', 'one']);
  });

  it('takes flags before the environment before the file', () => {
    const file = fileWith('port: 1\ntls-port: 2\nlog-level: warn\n');
    const config = loadConfig({ port: '3' }, { ...home, CURFEW_PORT: '4', CURFEW_TLS_PORT: '5' }, file);
    expect(config).toMatchObject({ port: 3, tlsPort: 5, logLevel: 'warn' });
  });

  it.each([
    [{ port: 'abc' }, 'port'],
    [{ port: '70000' }, '65535'],
    [{ 'log-level': 'loud' }, 'log-level'],
    [{ 'public-url': 'portal' }, 'public-url'],
    [{ 'public-url': 'ftp://portal' }, 'public-url'],
    [{ 'public-url': 'https://portal.example/curfew' }, 'without a path'],
    [{ 'public-url': 'https://portal.example/?a=b' }, 'without a path'],
    [{ 'public-url': 'https://ada:secret@portal.example' }, 'without a path'],
    [{ 'trusted-proxies': 'proxy.example' }, 'IP address or a network'],
    [{ 'trusted-proxies': '10.0.0.0/33' }, 'IP address or a network'],
    [{ 'trusted-proxies': '0.0.0.0/0' }, 'IP address or a network'],
    [{ 'trusted-proxies': '127.0.0.1, 10.0.0.1/8/8' }, 'IP address or a network'],
    [{ 'drain-seconds': '-1' }, 'seconds from 0 to 3600'],
    [{ 'replica-name': 'A-1' }, 'small letters and digits'],
    [{ database: 'mysql://ada:secret@db' }, 'database'],
    [{ 'database-silence-seconds': '2' }, 'from 3 to 300'],
    [{ 'database-connections': '1' }, 'from 2 to 100'],
    [{ 'smtp-url': 'https://mail.example', 'smtp-from': 'a@mail.example' }, 'smtp-url'],
    [{ 'smtp-url': 'smtp://mail.example/?tls=no', 'smtp-from': 'a@mail.example' }, 'smtp-url'],
    [{ 'smtp-url': 'smtp://mail.example' }, '--smtp-from'],
    [{ 'smtp-from': 'a@mail.example' }, '--smtp-url'],
    [{ 'smtp-url': 'smtp://mail.example', 'smtp-from': 'Curfew' }, 'e-mail address'],
    [{ 'smtp-url': 'smtp://ada@mail.example', 'smtp-from': 'a@mail.example' }, '--smtp-password-file'],
    [{ port: '9000', 'tls-port': '9000' }, 'different numbers'],
    [{ 'tls-cert': 'x' }, '--tls-key'],
    [{ host: '0.0.0.0' }, '--public-url'],
    [{ host: '0.0.0.0', 'public-url': 'http://portal.example' }, 'https URL'],
  ])('refuses %j and says what it is about', (flags, part) => {
    expect(() => loadConfig(flags, home)).toThrow(part);
  });

  it('takes a public URL, and the proxies whose word counts', () => {
    const flags = {
      'public-url': 'https://portal.example:9443/',
      'trusted-proxies': '127.0.0.1, 10.0.0.0/8,fd00::/8,',
    };
    const { publicUrl, trustedProxies } = loadConfig(flags, home);
    expect(publicUrl?.origin).toBe('https://portal.example:9443');
    expect(trustedProxies).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
    expect(loadConfig({}, home).trustedProxies).toEqual([]);
  });

  it('never repeats what may hold a password', () => {
    expect(() => loadConfig({ database: 'mysql://ada:secret@db' }, home)).toThrow(/^(?!.*secret)/s);
    const withPassword = { 'smtp-url': 'smtp://ada:secret@mail.example', 'smtp-from': 'a@mail.example' };
    expect(() => loadConfig(withPassword, home)).toThrow(/^(?!.*secret).*without a password/s);
  });

  it('takes PostgreSQL, and a key that replicas share', () => {
    const url = 'postgres://curfew@db.example/curfew?sslmode=verify-full';
    const config = loadConfig({ 'secret-key-file': '/etc/curfew/key' }, { ...home, CURFEW_DATABASE: url });
    expect(config).toMatchObject({ database: url, secretKeyFile: '/etc/curfew/key' });
    expect(loadConfig({ 'data-dir': '/d' }, home)).toMatchObject({ database: null, secretKeyFile: '/d/secret.key' });
  });

  it('takes a mail server, and never gives it a password in the clear', () => {
    const smtpOf = (url: string, login = true) =>
      loadConfig(
        { 'smtp-url': url, 'smtp-from': 'a@mail.example', ...(login && { 'smtp-password-file': '/etc/curfew/mail' }) },
        home,
      ).smtp;
    expect(loadConfig({}, home).smtp).toBeNull();
    expect(smtpOf('smtps://ada%40mail.example@mail.example')).toEqual({
      ...{ host: 'mail.example', port: 465, tls: 'at-once', from: 'a@mail.example' },
      login: { user: 'ada@mail.example', passwordFile: '/etc/curfew/mail' },
    });
    expect(smtpOf('smtp://ada@mail.example')).toMatchObject({ port: 587, tls: 'required' });
    expect(smtpOf('smtp://mail.example:25', false)).toMatchObject({ port: 25, tls: 'offered', login: null });
    expect(smtpOf('smtp://ada@[::1]:2525')).toMatchObject({ host: '::1', tls: 'offered' });
  });

  it('takes free ports for both listeners', () => {
    expect(loadConfig({ port: 0, 'tls-port': 0 }, home)).toMatchObject({ port: 0, tlsPort: 0 });
  });

  it('refuses names in the file that it does not know', () => {
    expect(() => loadConfig({}, home, fileWith('prot: 1\n'))).toThrow('prot');
    expect(() => loadConfig({}, home, fileWith('- a\n'))).toThrow('cannot be read');
    expect(() => loadConfig({}, home, '/no/such/file')).toThrow('/no/such/file');
  });

  it('reads the local cluster switch from the environment', () => {
    expect(loadConfig({}, { ...home, CURFEW_LOCAL_CLUSTER: 'false' }).localCluster).toBe(false);
    expect(loadConfig({ 'local-cluster': false }, home).localCluster).toBe(false);
  });
});
