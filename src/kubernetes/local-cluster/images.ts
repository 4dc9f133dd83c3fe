import { chmod, copyFile, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { writeImageArchive } from './image-archive.ts';

/** What holds a pod's namespaces open. */
export const PAUSE_IMAGE = 'localhost/pause:1';
/**
 * The one image for workloads that every node has: busybox, bash and kubectl, and the relay of shells in pods. There is no registry, so pods say
 * `image: localhost/tools:1` with `imagePullPolicy: Never`.
 */
export const TOOLS_IMAGE = 'localhost/tools:1';

/** What runs first in the pod of a shell. */
export const RELAY_SOURCE = join(import.meta.dirname, '../shell/pod/curfew-relay.c');

/** Makes `pause.tar` and `tools.tar` of what was built (`<binDir>/pause`, `kubectl`) and of this Debian's own files. */
export async function buildImages(binDir: string, imagesDir: string): Promise<void> {
  const roots = join(imagesDir, 'roots');
  const pause = join(roots, 'pause');
  await mkdir(pause, { recursive: true });
  await copyFile(join(binDir, 'pause'), join(pause, 'pause'));
  await writeImageArchive({ name: PAUSE_IMAGE, rootDir: pause, entrypoint: ['/pause'] }, join(imagesDir, 'pause.tar'));

  const tools = join(roots, 'tools');
  await makeToolsRoot(tools, binDir);
  await writeImageArchive({ name: TOOLS_IMAGE, rootDir: tools, entrypoint: [] }, join(imagesDir, 'tools.tar'));
  await rm(roots, { recursive: true });
}

async function makeToolsRoot(root: string, binDir: string): Promise<void> {
  for (const folder of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin', 'var']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await chmod(join(root, 'tmp'), 0o1777);
  const busybox = join(root, 'bin/busybox');
  await copyFile('/bin/busybox', busybox);
  const applets = (await runCommand('/bin/busybox', ['--list'])).split('\n').filter((name) => name !== 'busybox');
  for (const applet of applets) await link(busybox, join(root, 'bin', applet));

  await copyFile('/bin/bash', join(root, 'bin/bash'));
  const libraries = (await runCommand('ldd', ['/bin/bash'])).match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
  await copyFile(join(binDir, 'kubectl'), join(root, 'usr/bin/kubectl'));
  await runCommand('gcc', ['-static', '-Os', '-o', join(root, 'usr/bin/curfew-relay'), RELAY_SOURCE]);
  const users = [
    'root:x:0:0:root:/root:/bin/bash',
    'curfew:x:1000:1000:kubectl shell:/home/curfew:/bin/bash',
    'nobody:x:65534:65534:nobody:/:/bin/sh',
  ];
  await writeFile(join(root, 'etc/passwd'), `${users.join('\n')}\n`);
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
}
