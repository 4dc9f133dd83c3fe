import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending } from './curfew-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** Somebody's machine: a home folder, in which `curfew` keeps what it keeps. Dispose of it when the test is over. */
export class Laptop {
  readonly home = mkdtempSync(join(tmpdir(), 'curfew-laptop-'));
  readonly curfewFolder = join(this.home, 'config', 'curfew');
  readonly env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: this.home,
    XDG_CONFIG_HOME: join(this.home, 'config'),
    TZ: 'UTC',
  };

  /** Runs `curfew` without a terminal. @param input what is on its stdin */
  curfew(args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}): Promise<Ending> {
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...this.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => {
      // It may have ended without reading.
    });
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, signal) => resolve({ exit, signal, stdout, stderr }));
    });
  }

  write(name: string, text: string): string {
    const path = join(this.home, name);
    writeFileSync(path, text);
    return path;
  }

  remove(name: string): void {
    rmSync(join(this.home, name), { force: true });
  }

  read(name: string): string {
    return readFileSync(join(this.home, name), 'utf8');
  }

  dispose(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** The permissions of a file or folder, such as `600`. */
export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}
