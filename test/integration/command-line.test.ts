import { readFileSync } from 'node:fs';
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
    ['--public-url <value>', 'CURFEW_TLS_PORT', '--no-local-cluster', '--config <file>'],
  ],
])('helps with %j', async (args, parts) => {
  const { exit, stdout, stderr } = await house.run(...args);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  for (const part of parts) expect(stdout).toContain(part);
});

describe('what cannot be used', () => {
  const noFile = join(house.folder, 'none.pem');
  const aFile = house.write('a-file', 'x');
  const pem = house.write('no.pem', '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');

  it.each([
    [['nope'], /^error: unknown command 'nope'/],
    [['serve', '--nope'], /^error: unknown option '--nope'/],
    [['reset-admin'], /^error: missing required argument 'username'/],
    [['serve', '--port', 'http'], /port: it is a whole number from 0 to 65535\.$/],
    [['serve', '--public-url', 'https://a.example/curfew'], /public-url: it is an http or https URL without a path/],
    [['serve', '--trusted-proxies', '10.0.0.0/8,proxy'], /trusted-proxies: each is an IP address or a network/],
    [['serve', '--port', '8080', '--tls-port', '8080'], /^Give --port and --tls-port different numbers/],
    [['serve', '--tls-cert', noFile], /^Give --tls-cert and --tls-key together\.$/],
    [['serve', '--tls-cert', noFile, '--tls-key', noFile], /^The file of --tls-cert cannot be read: .*none\.pem'\.$/],
    [['serve', '--tls-cert', pem, '--tls-key', pem], /^The certificate .*no\.pem cannot be used .* PEM files/],
    [['serve', '--data-dir', aFile], /^The data folder .*a-file cannot be used: .* Choose another --data-dir\.$/],
    [['serve', '--kubeconfig', noFile], /^There is no kubeconfig .*none\.pem\. Give --kubeconfig a file that is there/],
    [['serve', '--host', 'curfew.invalid', '--public-url', 'https://a.example'], /^This machine has no address curfew/],
    [['serve', '--config', noFile], /^The configuration file .*none\.pem cannot be read: /],
  ])('%j is refused in a sentence', async (args, sentence) => {
    const { exit, stdout, stderr } = await house.run(...args);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(sentence);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
