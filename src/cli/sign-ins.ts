import { chmodSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { PortalError } from '../core/portal-error.ts';
import { writePrivate } from './write-private.ts';

/** What `curfew login` keeps of a portal. */
export interface SignIn {
  /** The origin of the portal, such as `https://curfew.example`. */
  readonly server: string;
  readonly username: string;
  readonly sessionId: string;
  readonly token: string;
  /** The authority that signs for the portal; null where the system knows it. */
  readonly caPem: string | null;
}

/** The sign-ins of this user on this machine, a file for each portal, and which portal was signed in at last. */
export class SignIns {
  readonly folder: string;

  /** @param env for `XDG_CONFIG_HOME`, which counts where it is absolute (XDG Base Directory Specification) */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    const configHome = env['XDG_CONFIG_HOME'] ?? '';
    this.folder = join(isAbsolute(configHome) ? configHome : join(homedir(), '.config'), 'curfew');
  }

  /** The portal that commands mean which name none. */
  current(): string | null {
    return readText(this.#currentPath())?.trim() ?? null;
  }

  /** @throws PortalError `authentication-required` where nobody has signed in */
  require(server: string | undefined): SignIn {
    const wanted = server === undefined ? this.current() : parseServer(server);
    const found = wanted === null ? null : this.find(wanted);
    if (found !== null) return found;
    const where = wanted === null ? 'at any portal' : `at ${wanted}`;
    const command = `curfew login --server ${wanted ?? 'URL'}`;
    throw new PortalError('authentication-required', `You are not signed in ${where}. Sign in with: ${command}`);
  }

  /** The portals that somebody is signed in to. */
  servers(): string[] {
    const folder = join(this.folder, 'sign-ins');
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.flatMap((name) => this.#read(join(folder, name))?.server ?? []);
  }

  find(server: string): SignIn | null {
    return this.#read(this.path(server));
  }

  #read(path: string): SignIn | null {
    const text = readText(path);
    if (text === null) return null;
    try {
      return JSON.parse(text) as SignIn;
    } catch {
      // Not one of ours any more: signing in writes it anew.
      return null;
    }
  }

  save(signIn: SignIn): void {
    this.forgetCredentials(signIn.server);
    writePrivate(this.path(signIn.server), `${JSON.stringify(signIn, null, 2)}\n`);
    writePrivate(this.#currentPath(), `${signIn.server}\n`);
    chmodSync(this.folder, 0o700);
  }

  remove(server: string): void {
    this.forgetCredentials(server);
    rmSync(this.path(server), { force: true });
    if (this.current() === server) rmSync(this.#currentPath(), { force: true });
  }

  /** Where the sign-in at a portal is kept. */
  path(server: string): string {
    return join(this.folder, 'sign-ins', `${fileName(server)}.json`);
  }

  /** Where the credential for a cluster or a tenant is kept; `place` must be fit for the name of a file. */
  credentialPath(server: string, place: string): string {
    return join(this.#credentialFolder(server), `${place}.json`);
  }

  forgetCredentials(server: string): void {
    rmSync(this.#credentialFolder(server), { recursive: true, force: true });
  }

  #credentialFolder(server: string): string {
    return join(this.folder, 'credentials', fileName(server));
  }

  #currentPath(): string {
    return join(this.folder, 'current');
  }
}

/**
 * The origin of a portal as it was typed.
 *
 * @throws PortalError `invalid-request` for what is no origin, and for plain http anywhere but on this machine: the
 *   password and the token would be readable on the way
 */
export function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new PortalError('invalid-request', `${text} is no address of a portal. Give one like https://curfew.example`);
  if (url.username !== '' || url.password !== '')
    throw new PortalError('invalid-request', 'Give the address of the portal without a username and a password.');
  if (url.protocol === 'http:' && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
    throw new PortalError(
      'invalid-request',
      `${url.origin} is not encrypted. Give an address that begins with https://`,
    );
  return url.origin;
}

/** @returns null where there is no such file */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function fileName(server: string): string {
  return server.replace('://', '_').replaceAll(/[^A-Za-z0-9._-]/g, '_');
}
