import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from './command.ts';

/** An image to make of a folder. */
export interface ImageRecipe {
  /** With its tag, e.g. `localhost/tools:1`. */
  readonly name: string;
  /** The root file system. */
  readonly rootDir: string;
  readonly entrypoint: readonly string[];
}

/** Node's names of architectures in the words of container images. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Writes an image as an archive that `ctr images import` takes (docker-archive), without any registry. */
export async function writeImageArchive({ name, rootDir, entrypoint }: ImageRecipe, file: string): Promise<void> {
  const work = await mkdtemp(`${file}.`);
  try {
    await mkdir(work, { recursive: true });
    const layer = join(work, 'layer.tar');
    await runCommand('tar', [
      ...['--create', `--file=${layer}`, '--numeric-owner', '--owner=0', '--group=0', '--sort=name', '--mtime=@0'],
      // Readable for every user inside, whatever the umask was here.
      ...['--mode=u+rwX,go+rX', `--directory=${rootDir}`, '.'],
    ]);
    const config = {
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      os: 'linux',
      config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], Entrypoint: entrypoint, WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${await hashFile(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'curfew' }],
    };
    const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }];
    await writeFile(join(work, 'config.json'), JSON.stringify(config));
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
    await runCommand('tar', ['-cf', file, `--directory=${work}`, 'manifest.json', 'config.json', 'layer.tar']);
  } finally {
    await rm(work, { recursive: true });
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
