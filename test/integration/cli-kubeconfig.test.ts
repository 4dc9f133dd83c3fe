import { mkdirSync, symlinkSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { Laptop, modeOf } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

let test: TestPortal;
const laptop = new Laptop();

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
  await laptop.curfew(['login', '--server', test.url, '--username', 'ada', '--password-stdin'], PASSWORD);
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

const namesIn = (file: string) => parse(laptop.read(file)).contexts.map(({ name }: { name: string }) => name);

it('writes ~/.kube/config for its owner alone, over the encrypted gateway, with no secret', async () => {
  const { exit, stdout, stderr } = await laptop.curfew(['kubeconfig']);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/has the contexts curfew-nowhere, curfew-elsewhere\./);
  const path = join(laptop.home, '.kube', 'config');
  expect(modeOf(path)).toBe('600');
  const { clusters } = parse(laptop.read('.kube/config'));
  expect(clusters[0].cluster.server).toBe(`${test.portal.tlsUrl}/k8s/clusters/nowhere`);
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64').toString();
  expect(ca).toContain('BEGIN CERTIFICATE');
  expect(laptop.read('.kube/config')).not.toMatch(/token|password/);
});

it('is no cluster for Curfew itself', () => {
  expect(JSON.stringify(loadKubeconfig([join(laptop.home, '.kube', 'config')]))).not.toContain('curfew-nowhere');
});

it('follows KUBECONFIG, and a link', async () => {
  mkdirSync(join(laptop.home, 'real'));
  laptop.write('real/config', '# mine\napiVersion: v1\nkind: Config\n');
  symlinkSync(join(laptop.home, 'real', 'config'), join(laptop.home, 'link'));
  const env = { KUBECONFIG: `:${join(laptop.home, 'link')}:${join(laptop.home, 'other')}` };
  expect((await laptop.curfew(['kubeconfig'], '', env)).exit).toBe(0);
  expect(namesIn('real/config')).toEqual(['curfew-nowhere', 'curfew-elsewhere']);
  expect(laptop.read('real/config')).toMatch(/^# mine/);
  expect(lstatSync(join(laptop.home, 'link')).isSymbolicLink()).toBe(true);
});

it('prints, and writes nothing', async () => {
  const { exit, stdout } = await laptop.curfew(['kubeconfig', '--print', '--file', join(laptop.home, 'none')]);
  expect(exit).toBe(0);
  expect(parse(stdout)['current-context']).toBe('curfew-nowhere');
  expect(() => laptop.read('none')).toThrow('ENOENT');
});

it('leaves a file alone that it does not understand', async () => {
  const path = laptop.write('broken', 'clusters: [');
  const { exit, stderr } = await laptop.curfew(['kubeconfig', '--file', path]);
  expect(exit).toBe(2);
  expect(stderr).toMatch(/^\S+broken is not valid YAML: .* It was left as it is\.\n$/);
  expect(laptop.read('broken')).toBe('clusters: [');
});
