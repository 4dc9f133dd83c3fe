import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { OPTION_NAMES, environmentName } from '../../src/config/options.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const UNIT = readFileSync(join(ROOT, 'deploy/curfew.service'), 'utf8');
const REPLICA = readFileSync(join(ROOT, 'deploy/curfew.service.d/replica.conf'), 'utf8');
const INSTALLED = '/opt/curfew/bin/curfew';

const settingsOf = (unit: string) =>
  [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => ({ name, value }));

it('the systemd unit sets options that exist, to what they may be', () => {
  const environment = [...settingsOf(UNIT), ...settingsOf(REPLICA)]
    .filter(({ name }) => name === 'Environment')
    .map(({ value }) => [value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)] as const);
  const options = environment.filter(([name]) => name.startsWith('CURFEW_'));
  expect(options.length).toBeGreaterThan(3);
  expect(options.filter(([name]) => !OPTION_NAMES.some((option) => environmentName(option) === name))).toEqual([]);
  expect(loadConfig({}, Object.fromEntries(environment))).toMatchObject({ localCluster: false });
});

it('the systemd unit waits for longer than a drain takes', () => {
  const { drainMs } = loadConfig({}, {});
  const stop = settingsOf(UNIT).find(({ name }) => name === 'TimeoutStopSec');
  expect(Number(stop?.value) * 1000).toBeGreaterThan(drainMs + 20_000);
});

it('systemd, where there is one, finds nothing wrong with the unit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-unit-'));
  mkdirSync(join(folder, 'curfew.service.d'));
  const unit = UNIT.replace(INSTALLED, join(ROOT, 'bin/curfew'));
  expect(unit).not.toBe(UNIT);
  writeFileSync(join(folder, 'curfew.service'), unit);
  writeFileSync(join(folder, 'curfew.service.d', 'replica.conf'), REPLICA);
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, 'curfew.service')], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  // Where there is no systemd, nothing can be said.
  const isThere = verified.status !== null;
  if (isThere) expect({ status: verified.status, said: verified.stderr }).toEqual({ status: 0, said: '' });
});
