import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { writeSandboxEtc } from './sandbox-files.ts';
import { ownerTag, tagOwnerIsGone } from './leftovers.ts';

const PREFIX = 'curfew-shells-';

/** Files that sandboxes are made of, while the portal runs. */
export interface RunFolder {
  readonly path: string;
  readonly etc: string;
  readonly seccompFile: string;
  /** Makes the folder of one shell, closed to everybody but the uid (null: the portal's own). */
  makeSessionFolder(id: string, uid: number | null): { path: string; handOver(): void };
  remove(): void;
}

/** Where run folders are made: not aged as `/tmp` is, and passable for the uids of shells, as no home folder is. */
export async function defaultRunParent(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const candidate = process.getuid?.() === 0 ? '/run' : environment['XDG_RUNTIME_DIR'];
  if (candidate === undefined) return tmpdir();
  return access(candidate, constants.W_OK).then(() => candidate, tmpdir);
}

/**
 * Makes a run folder under `parent`. Others may pass through it to what is theirs, and not list it: bubblewrap looks
 * up what it binds as the shell's own uid.
 */
export function makeRunFolder(parent: string, seccompFilter: Buffer): RunFolder {
  removeOldRunFolders(parent);
  const path = mkdtempSync(`${parent}/${PREFIX}${ownerTag()}-`);
  chmodSync(path, 0o711);
  const etc = `${path}/etc`;
  const seccompFile = `${path}/seccomp`;
  withOpenUmask(() => writeSandboxEtc(etc));
  writeFileSync(seccompFile, seccompFilter, { mode: 0o600 });
  return {
    path,
    etc,
    seccompFile,
    makeSessionFolder(id, uid) {
      const folder = `${path}/${id}`;
      mkdirSync(folder, { mode: 0o700 });
      const handOver = (): void => {
        if (uid !== null) chownSync(folder, uid, uid);
      };
      return { path: folder, handOver };
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Removes what portals that are no more left behind; only what is this user's, since others can write to `/tmp` too. */
function removeOldRunFolders(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX) || !tagOwnerIsGone(name.slice(PREFIX.length))) continue;
    const path = `${parent}/${name}`;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() && stat.uid === process.getuid?.()) rmSync(path, { recursive: true, force: true });
  }
}

/** The portal runs with umask 077; what sandboxes read must be readable. */
function withOpenUmask(write: () => void): void {
  const before = process.umask(0o022);
  try {
    write();
  } finally {
    process.umask(before);
  }
}

/** Whether any uid can run the file at `path`: it, and every folder above it. */
export function isRunnableByAll(path: string): boolean {
  const folders = path
    .split('/')
    .slice(1, -1)
    .map((_, index, parts) => `/${parts.slice(0, index + 1).join('/')}`);
  return (statSync(path).mode & 0o005) === 0o005 && folders.every((folder) => (statSync(folder).mode & 0o001) !== 0);
}
