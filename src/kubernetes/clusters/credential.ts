import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { PortalError } from '../../core/portal-error.ts';
import type { CredentialSource, ExecPlugin } from './cluster.ts';
import { codeOf } from './error-code.ts';
import { runExecPlugin } from './exec-credential.ts';
import type { ExecPluginPorts } from './exec-credential.ts';

/** client-go reads a token file again after a minute; service account tokens are rotated well before they expire. */
const TOKEN_FILE_MS = 60_000;
/** A plugin's credential is fetched anew a little before it expires, since a request takes a while to arrive. */
const EARLY_MS = 5_000;

/** What is presented to the cluster now. */
export interface PresentedCredential {
  readonly authorization: string | null;
  /** A client certificate that a plugin gave, in place of the kubeconfig's. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
}

/** Holds a cluster's credential and knows when to fetch it anew. */
export interface Credential {
  /** Null where it has to be fetched first. */
  current(): PresentedCredential | null;
  /** @throws PortalError `cluster-unavailable` */
  fetch(): Promise<PresentedCredential>;
  forget(): void;
}

export function createCredential(source: CredentialSource, ports: ExecPluginPorts): Credential {
  const { clock } = ports;
  switch (source.kind) {
    case 'token':
      return fixedCredential(`Bearer ${source.token}`);
    case 'basic':
      return fixedCredential(`Basic ${Buffer.from(`${source.username}:${source.password}`).toString('base64')}`);
    case 'token-file':
      return fetchedCredential(clock, () => readToken(source.path, clock));
    case 'exec':
      return fetchedCredential(clock, () => askPlugin(source.exec, ports));
    case 'none':
    default:
      return fixedCredential(null);
  }
}

interface Fetched extends PresentedCredential {
  readonly freshUntil: number;
}

function fixedCredential(authorization: string | null): Credential {
  const presented: PresentedCredential = { authorization, certificate: null };
  return { current: () => presented, fetch: () => Promise.resolve(presented), forget: () => undefined };
}

/** Fetches at most once at a time, however many requests wait for it. */
function fetchedCredential(clock: Clock, load: () => Promise<Fetched>): Credential {
  let held: Fetched | null = null;
  let pending: Promise<PresentedCredential> | null = null;
  const refresh = async (): Promise<PresentedCredential> => {
    try {
      held = await load();
      return held;
    } finally {
      pending = null;
    }
  };
  return {
    current: () => (held !== null && clock.now() < held.freshUntil ? held : null),
    fetch: () => (pending ??= refresh()),
    forget: () => {
      held = null;
    },
  };
}

async function readToken(path: string, clock: Clock): Promise<Fetched> {
  try {
    const token = (await readFile(path, 'utf8')).trim();
    return { authorization: `Bearer ${token}`, certificate: null, freshUntil: clock.now() + TOKEN_FILE_MS };
  } catch (error) {
    const why = codeOf(error) ?? 'an error';
    throw Object.assign(new PortalError('cluster-unavailable', `The token file ${path} cannot be read (${why}).`), {
      cause: error,
    });
  }
}

async function askPlugin(plugin: ExecPlugin, ports: ExecPluginPorts): Promise<Fetched> {
  const { token, clientCertificate: cert, clientKey: key, expiresAt } = await runExecPlugin(plugin, ports);
  return {
    authorization: token === null ? null : `Bearer ${token}`,
    certificate: cert === null || key === null ? null : { cert, key },
    // At least a second, or a plugin whose clock is behind would be run for each request.
    freshUntil: expiresAt === null ? Infinity : Math.max(expiresAt - EARLY_MS, ports.clock.now() + 1000),
  };
}
