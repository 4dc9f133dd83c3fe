import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Laptop } from '../support/curfew-command.ts';
import { PASSWORD, startTestPortal } from '../support/test-portal.ts';
import type { TestPortal } from '../support/test-portal.ts';
import { unreachableKubeconfig } from '../support/unreachable-kubeconfig.ts';

const run = promisify(execFile);
let test: TestPortal;
const laptop = new Laptop();
const folder = join(laptop.home, 'bin');
const installed = join(folder, 'curfew');
/** A PATH on which `env node` is this Node.js, and nothing is of the repository. */
const env = { ...laptop.env, PATH: `${folder}:/usr/bin:/bin` };

beforeAll(async () => {
  test = await startTestPortal({ kubeconfig: unreachableKubeconfig() });
  await test.administrator();
  mkdirSync(folder);
  chmodSync(laptop.write('bin/node', `#!/bin/sh\nexec "${process.execPath}" "$@"\n`), 0o700);
});
afterAll(async () => {
  await test.stop();
  laptop.dispose();
});

describe('the command line that the portal serves', () => {
  it('is installed by the line that the portal and the guide name, into an empty folder', async () => {
    const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guide', 'command-line.md'), 'utf8');
    const line = /^curl .*curfew\.example.*$/m.exec(guide)?.[0] ?? '';
    const here = line.replace('https://curfew.example', test.url).replaceAll('~/.local/bin', folder);
    await run('sh', ['-c', here], { env });
    const { stdout } = await run(
      'sh',
      ['-c', `cd ${folder} && curl -fsS ${test.url}/cli/curfew.sha256 | sha256sum -c`],
      { env },
    );
    expect(stdout).toBe('curfew: OK\n');
  });

  it('says what it can do, in the version of the portal', async () => {
    const { stdout } = await run(installed, ['--help'], { env });
    expect(stdout).toContain('login');
    expect(stdout).not.toContain('For the server');
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));
    expect((await run(installed, ['--version'], { env })).stdout).toBe(`${version}\n`);
  });

  it('signs in, and is what kubectl asks', async () => {
    const login = `echo '${PASSWORD}' | curfew login --server ${test.url} --username ada --password-stdin`;
    expect((await run('sh', ['-c', login], { env })).stdout).toMatch(/^Signed in to /);
    expect((await run(installed, ['status'], { env })).stdout).toMatch(/^ada \(Administrator\)/);
    const { stdout } = await run(installed, ['credential', '--cluster', 'nowhere'], { env });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'ExecCredential',
      status: { token: expect.stringMatching(/^ey/) },
    });
    const { stdout: contexts } = await run(installed, ['kubeconfig', '--print'], { env });
    expect(contexts).toContain('name: curfew-nowhere');
    await expect(run(installed, ['clusters', '--server', 'https://nobody.example'], { env })).rejects.toMatchObject({
      code: 3,
    });
  });

  it.each(['module', 'commonjs'])('runs also below a package.json of the user that says %s', async (type) => {
    laptop.write('package.json', JSON.stringify({ type }));
    expect((await run(installed, ['--version'], { env })).stdout).toMatch(/^\d/);
    laptop.remove('package.json');
  });

  it('says which Node.js it needs where that is older, and runs where it is not', async () => {
    const change =
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: process.env.AS } });";
    const options = `--require ${laptop.write('as.cjs', change)}`;
    const as = (version: string) =>
      run(installed, ['--version'], { env: { ...env, NODE_OPTIONS: options, AS: version } });
    for (const version of ['20.20.2', '22.14.0', '23.9.0']) {
      await expect(as(version)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^curfew needs Node\.js 22\.15 or later, and this is v/),
      });
    }
    for (const version of ['22.15.0', '23.10.0', '24.0.0']) expect((await as(version)).stderr).toBe('');
  });

  it('ends without a word where whoever reads its output has seen enough', async () => {
    const { stdout, stderr } = await run('bash', ['-c', 'curfew --help | head -n 1; echo "${PIPESTATUS[0]}"'], { env });
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^Usage: curfew .*\n0\n$/), '']);
  });
});

describe('the file itself', () => {
  it('is asked for again only where it has changed, and HEAD tells what it is', async () => {
    const answer = await fetch(`${test.url}/cli/curfew`);
    const program = Buffer.from(await answer.arrayBuffer());
    const etag = answer.headers.get('etag') ?? '';
    expect(etag).toBe(`"${hash('sha256', program)}"`);
    const head = await fetch(`${test.url}/cli/curfew`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag'), await head.text()]).toEqual([
      ...[200, String(program.length), etag, ''],
    ]);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await fetch(`${test.url}/cli/curfew`, { headers: { 'if-none-match': known } });
      expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
    }
    expect((await fetch(`${test.url}/cli/curfew`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('holds no path of the machine that built it', async () => {
    const text = await (await fetch(`${test.url}/cli/curfew`)).text();
    expect(text).not.toContain(join(import.meta.dirname, '..', '..'));
  });

  it('is alone there', async () => {
    const answer = await test.browser().get('/cli/other');
    expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});
