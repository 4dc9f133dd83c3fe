import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Laptop } from '../support/curfew-command.ts';
import { findKubectls } from '../support/kubectls.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin');
const laptop = new Laptop();
let test: TestPortal;

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: inject('kubeconfigPath'), realTime: true });
  await test.administrator();
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

const login = () => laptop.curfew(['login', '--server', test.url, '--username', 'ada', '--password-stdin'], PASSWORD);

/** Runs a kubectl that finds `curfew` in its PATH, on the kubeconfig in the home folder. */
function kubectl(path: string, ...args: string[]): Promise<{ exit: number; stdout: string; stderr: string }> {
  const env = { ...laptop.env, PATH: `${BIN}:${laptop.env['PATH'] ?? ''}` };
  return new Promise((resolve) => {
    execFile(path, ['--namespace=demo', ...args], { env }, (error, stdout, stderr) => {
      resolve({ exit: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function kubernetesSessions(): Promise<{ id: string }[]> {
  const { stdout } = await laptop.curfew(['status', '--json']);
  const { sessions } = JSON.parse(stdout) as { sessions: { id: string; kind: string }[] };
  return sessions.filter(({ kind }) => kind === 'kubernetes');
}

describe.each(findKubectls(inject('kubectlPath')))('$name ($path)', ({ path }) => {
  const get = () => kubectl(path, 'get', 'pod', 'web', '--output=name');

  it('works with what curfew kubeconfig wrote, ten at once in one Kubernetes session', async () => {
    expect((await login()).exit).toBe(0);
    expect((await laptop.curfew(['kubeconfig'])).exit).toBe(0);
    const all = await Promise.all(Array.from({ length: 10 }, get));
    for (const each of all) expect(each).toMatchObject({ exit: 0, stdout: 'pod/web\n' });
    expect(await kubernetesSessions()).toHaveLength(1);
  });

  it('shows why, once the Kubernetes session has ended, and once nobody is signed in', async () => {
    const [{ id } = { id: '' }] = await kubernetesSessions();
    expect((await laptop.curfew(['sessions', 'end', id])).exit).toBe(0);
    const { exit, stderr } = await get();
    expect(exit).toBe(1);
    expect(stderr).toMatch(/Your Kubernetes session ended at/);
    expect(stderr).toContain(`Sign in again with: curfew login --server ${test.url}`);
    expect((await laptop.curfew(['logout'])).exit).toBe(0);
    expect(await get()).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^You are not signed in at .*/m) });
    expect((await login()).exit).toBe(0);
    expect(await get()).toMatchObject({ exit: 0, stdout: 'pod/web\n' });
  });
});
