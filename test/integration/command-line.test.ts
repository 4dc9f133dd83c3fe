import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CurfewHouse } from '../support/curfew-process.ts';

const house = new CurfewHouse();
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as {
  version: string;
};

it('says its version, as package.json has it', async () => {
  expect(await house.run('--version')).toMatchObject({ exit: 0, stdout: `${version}\n`, stderr: '' });
});

it.each([
  [['--help'], ['serve', 'start', 'reset-admin']],
  [
    ['serve', '--help'],
    ['--public-url <value>', /CURFEW_TLS_PORT,\s+default: 8443/, '--no-local-cluster', '--config <file>'],
  ],
  [
    ['restore', '--help'],
    ['--keep-sessions', '--data-dir <value>', '--database <value>', /^(?!.*--tls-port)/s],
  ],
])('helps with %j', async (args, parts) => {
  const { exit, stdout, stderr } = await house.run(...args);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  for (const part of parts) expect(stdout).toMatch(part);
});

describe('what cannot be used', () => {
  const noFile = join(house.folder, 'none.pem');
  const aFile = house.write('a-file', 'x');
  const aFolder = (name: string, files: Record<string, string>): string => {
    mkdirSync(join(house.folder, name));
    for (const [file, text] of Object.entries(files)) house.write(join(name, file), text);
    return join(house.folder, name);
  };
  const damaged = aFolder('damaged', { 'curfew.sqlite': 'no database '.repeat(1000) });
  const wrongFile = `sqlite:${join(damaged, 'curfew.sqlite')}`;
  const shortKey = house.write('short.key', 'x');
  const broken = house.write('broken.kubeconfig', 'clusters: [}');
  const pem = house.write('no.pem', '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');

  it.each([
    [['nope'], /^error: unknown command 'nope'/],
    [['serve', '--nope'], /^error: unknown option '--nope'\n\(curfew serve --help says what is allowed\)$/],
    [['reset-admin'], /^error: missing required argument 'username'/],
    [['serve', '--port', 'http'], /port: it must be a whole number from 0 to 65535\.$/],
    [
      ['serve', '--public-url', 'https://a.example/curfew'],
      /public-url: it must be an http or https URL without a path/,
    ],
    [['serve', '--trusted-proxies', '10.0.0.0/8,proxy'], /trusted-proxies: each is an IP address or a network/],
    [['serve', '--port', '8080', '--tls-port', '8080'], /^Give --port and --tls-port different numbers/],
    [['serve', '--tls-cert', noFile], /^Give --tls-cert and --tls-key together\.$/],
    [['serve', '--tls-cert', noFile, '--tls-key', noFile], /^The file of --tls-cert cannot be read: .*none\.pem'\.$/],
    [['serve', '--tls-cert', pem, '--tls-key', pem], /^The certificate .*no\.pem cannot be used .* PEM files/],
    [['serve', '--data-dir', aFile], /^The data folder .*a-file cannot be used: .* Choose another --data-dir\.$/],
    [['serve', '--kubeconfig', noFile], /^There is no kubeconfig .*none\.pem\. Give --kubeconfig a file that is there/],
    [['serve', '--kubeconfig', broken], /^.*broken\.kubeconfig is not valid YAML: .* at line 1, column \d+\.$/],
    [['serve', '--host', 'curfew.invalid', '--public-url', 'https://a.example'], /^This machine has no address curfew/],
    [
      ['serve', '--data-dir', damaged],
      /^The database .*damaged\/curfew\.sqlite cannot be used: file is not a database\./,
    ],
    [['reset-admin', 'ada', '--data-dir', damaged], /^The database .*curfew\.sqlite cannot be used: /],
    [['backup', join(house.folder, 'b'), '--data-dir', damaged], /^The database .*curfew\.sqlite cannot be used: /],
    [
      ['store', 'copy', '--from', wrongFile, '--to', `sqlite:${join(damaged, 'copy')}`],
      /^The database .* cannot be used: /,
    ],
    [['serve', '--secret-key-file', shortKey], /^The key file .*short\.key is not one of Curfew: its length is 1, /],
    [['serve', '--secret-key-file', join(noFile, 'key')], /^The key file .*key cannot be read or made: ENOENT/],
    [['serve', '--config', noFile], /^The configuration file .*none\.pem cannot be read: /],
  ])('%j is refused in a sentence', async (args, sentence) => {
    const { exit, stdout, stderr } = await house.run(...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('a key file or a database that was damaged since is refused in a sentence', async () => {
    const dataDir = join(house.folder, 'worked');
    const serving = await house.serve('--data-dir', dataDir);
    serving.signal('SIGTERM');
    await serving.ended;
    const [key, database] = [join(dataDir, 'secret.key'), join(dataDir, 'curfew.sqlite')];
    const expectRefusal = async (sentence: RegExp, ...command: string[]) => {
      const { exit, stderr } = await house.run(...command, '--data-dir', dataDir);
      expect(exit).toBe(2);
      expect(stderr).toMatch(sentence);
      expect(stderr).not.toMatch(/^\s+at /m);
    };
    for (const bytes of [readFileSync(key).subarray(1), randomBytes(32)]) {
      writeFileSync(key, bytes);
      await expectRefusal(/^The key file .*secret\.key is not /, 'serve');
    }
    // All but the first page: the file opens, and fails once it is read.
    writeFileSync(database, readFileSync(database).fill(0xff, 4096));
    for (const command of [['serve'], ['reset-admin', 'ada']])
      await expectRefusal(/^The database .*cannot be used: database disk image is malformed\./, ...command);
  });
});
