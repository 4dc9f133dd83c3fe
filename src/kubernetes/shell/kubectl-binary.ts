import { chmod, copyFile, open, realpath, rename, stat, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { LAUNCHER_ENVIRONMENT } from './sandbox.ts';
import { isRunnableByAll } from './run-folder.ts';
import type { RunFolder } from './run-folder.ts';
import { run } from './sandbox-host.ts';

/** Makes a kubectl usable in sandboxes: found by the shell's uid, and with its completion written. */
export interface KubectlPreparation {
  /** @returns the path to bind; the work is done once for each file */
  prepare(path: string): Promise<string>;
}

export function createKubectlPreparation(folder: RunFolder, log: Logger): KubectlPreparation {
  const prepared = new Map<string, Promise<string>>();
  return {
    async prepare(path) {
      const real = await realpath(path);
      const { mtimeMs, size } = await stat(real);
      const key = `${real} ${mtimeMs} ${size}`;
      const known = prepared.get(key);
      if (known !== undefined) return known;
      const fresh = prepareOnce(real, prepared.size, folder, log);
      prepared.set(key, fresh);
      fresh.catch(() => prepared.delete(key));
      return fresh;
    },
  };
}

async function prepareOnce(real: string, count: number, folder: RunFolder, log: Logger): Promise<string> {
  if (!(await isElf(real))) throw new Error(`${real} is a script; a sandbox needs kubectl itself`);
  let usable = real;
  if (!isRunnableByAll(real)) {
    // Below somebody's home, for example: shells have other uids, which cannot look in there.
    usable = `${folder.path}/kubectl-${count}`;
    await copyFile(real, usable);
    await chmod(usable, 0o755);
  }
  await writeCompletion(usable, folder, log);
  return usable;
}

/** Shells read the script at their first Tab. Where kubectl cannot make one, they have no completion. */
async function writeCompletion(kubectl: string, folder: RunFolder, log: Logger): Promise<void> {
  const environment = { ...LAUNCHER_ENVIRONMENT, HOME: '/nonexistent' };
  const { succeeded, stdout, stderr } = await run({ file: kubectl, args: ['completion', 'bash'] }, environment);
  if (!succeeded) return log.warn({ kubectl, stderr }, 'kubectl has no completion for bash');
  const path = `${folder.etc}/curfew/kubectl-completion.bash`;
  await writeFile(`${path}.new`, stdout, { mode: 0o644 });
  await chmod(`${path}.new`, 0o644);
  await rename(`${path}.new`, path);
}

async function isElf(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === '\x7fELF';
  } finally {
    await file.close();
  }
}
