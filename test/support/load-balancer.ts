import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLocalTls } from '../../src/system/local-ca.ts';
import { createSystemClock } from '../../src/system/clock.ts';

export type BalancerKind = 'haproxy' | 'nginx';

/** What it is given. The portals are called `a` and `b`. */
export interface BalancerOptions {
  readonly port: number;
  readonly portals: { readonly a: string; readonly b: string };
}

/** A real load balancer with the configuration of `deploy`, on loopback. */
export interface LoadBalancer {
  /** The authority that signed its certificate. */
  readonly caPem: string;
  stop(): Promise<void>;
}

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy');
const MOST_MS = 10_000;

/** Starts one; resolves when it takes connections. @throws with what it printed when it does not start */
export async function startBalancer(kind: BalancerKind, options: BalancerOptions): Promise<LoadBalancer> {
  const folder = mkdtempSync(join(tmpdir(), `curfew-${kind}-`));
  const { caPem, cert, key } = await loadLocalTls(join(folder, 'tls'), createSystemClock());
  writeFileSync(join(folder, 'curfew.crt'), cert);
  writeFileSync(join(folder, 'curfew.key'), key);
  writeFileSync(join(folder, 'curfew.pem'), `${cert}\n${key}`);
  const command = { haproxy: haproxyCommand, nginx: nginxCommand }[kind](folder, options);
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => (printed += String(chunk)));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('close', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const until = performance.now() + MOST_MS;
  while (!(await isListening(options.port))) {
    if (child.exitCode === null && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    else {
      await stop();
      throw new Error(`${kind} did not start: ${printed}`);
    }
  }
  return { caPem, stop };
}

function haproxyCommand(folder: string, options: BalancerOptions): readonly string[] {
  const file = join(folder, 'haproxy.cfg');
  const rendered = render('haproxy.cfg', options, [
    // Nothing here needs root.
    [/^ {2}(?:user|group|chroot) .*\n/gm, ''],
    [/bind :443 ssl crt \S+/g, `bind 127.0.0.1:${options.port} ssl crt ${folder}/curfew.pem`],
  ]);
  writeFileSync(file, rendered);
  return ['/usr/sbin/haproxy', '-db', '-f', file];
}

function nginxCommand(folder: string, options: BalancerOptions): readonly string[] {
  const file = join(folder, 'nginx.conf');
  const rendered = render('nginx.conf', options, [
    [/listen 443 /g, `listen 127.0.0.1:${options.port} `],
    [/\/etc\/nginx\/curfew/g, `${folder}/curfew`],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (each) => `${each}_temp_path ${folder}/${each};`,
  );
  mkdirSync(join(folder, 'logs'));
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr error;
    events {} http { access_log off; ${temporary.join(' ')} ${rendered} }`,
  );
  return ['/usr/sbin/nginx', '-c', file, '-p', folder, '-e', 'stderr'];
}

/** The file of `deploy` with other places in it. @throws when something that is to be replaced is not there */
function render(name: string, { portals }: BalancerOptions, places: readonly (readonly [RegExp, string])[]): string {
  const all = [
    ...places,
    [/10\.0\.0\.11:8080/g, new URL(portals.a).host] as const,
    [/10\.0\.0\.12:8080/g, new URL(portals.b).host] as const,
  ];
  return all.reduce(
    (text, [pattern, place]) => {
      if (text.search(pattern) === -1) throw new Error(`deploy/${name} has no ${pattern.source}`);
      return text.replaceAll(pattern, place);
    },
    readFileSync(join(DEPLOY, name), 'utf8'),
  );
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
