import { CLUSTER_ID_PATTERN } from '../core/access.ts';
import { PortalError } from '../core/portal-error.ts';
import { withLock } from './credential-lock.ts';
import { readText } from './sign-ins.ts';
import type { SignIn } from './sign-ins.ts';
import type { Surroundings } from './surroundings.ts';
import { writePrivate } from './write-private.ts';

/** Those that kubectl 1.20 and later speak. */
const API_VERSIONS = ['client.authentication.k8s.io/v1beta1', 'client.authentication.k8s.io/v1'];

/** A UUID, and nothing that leads out of a folder. */
const TENANT_ID = /^[0-9a-f-]{1,64}$/;

/** A credential as it is kept until its session ends. */
interface Kept {
  /** The portal session that it was traded for: after another sign-in it is of no use. */
  readonly portalSessionId: string;
  readonly token: string;
  readonly endsAt: string;
}

export interface CredentialOptions {
  readonly cluster: string;
  /** The id of a tenant of it. */
  readonly tenant?: string;
  readonly server?: string;
}

/**
 * `curfew credential`, the exec credential plugin of kubectl: prints an ExecCredential for one cluster or tenant. Of many that run at
 * once, one asks the portal. It asks nobody for anything.
 *
 * @throws PortalError in one sentence, which kubectl shows
 */
export async function credential(options: CredentialOptions, around: Surroundings): Promise<void> {
  const apiVersion = readApiVersion(around.env['KUBERNETES_EXEC_INFO']);
  const { cluster, tenant } = options;
  if (!CLUSTER_ID_PATTERN.test(cluster)) throw new PortalError('invalid-request', `${cluster} is no id of a cluster.`);
  if (tenant !== undefined && !TENANT_ID.test(tenant))
    throw new PortalError('invalid-request', `${tenant} is no id of a tenant: \`curfew clusters --json\` lists them.`);
  const place = tenant === undefined ? cluster : `${cluster}.${tenant}`;
  const signIn = around.signIns.require(options.server);
  const path = around.signIns.credentialPath(signIn.server, place);
  const kept =
    readKept(path, signIn, around) ??
    (await withLock(`${path}.lock`, around.clock, async () => {
      // Whoever had the lock before may have asked for it.
      return readKept(path, signIn, around) ?? (await fetchCredential(signIn, options, path));
    }));
  const status = { token: kept.token, expirationTimestamp: kept.endsAt };
  around.print(JSON.stringify({ apiVersion, kind: 'ExecCredential', status }));
}

async function fetchCredential(signIn: SignIn, place: CredentialOptions, path: string): Promise<Kept> {
  // Only here: most of the time there is a credential, and kubectl waits.
  const { PortalClient } = await import('./portal-client.ts');
  const answer = await askFor(new PortalClient(signIn), place, signIn.server);
  const kept = { portalSessionId: signIn.sessionId, token: answer.token, endsAt: withoutFraction(answer.endsAt) };
  writePrivate(path, `${JSON.stringify(kept)}\n`);
  return kept;
}

async function askFor(
  portal: { send(method: 'POST', path: string, body: unknown): Promise<unknown> },
  { cluster, tenant }: CredentialOptions,
  server: string,
) {
  const query = tenant === undefined ? '' : `?tenant=${tenant}`;
  try {
    // Not by the schema: reading it would take longer than all the rest.
    return (await portal.send('POST', `/api/clusters/${cluster}/credential${query}`, {})) as {
      token: string;
      endsAt: string;
    };
  } catch (error) {
    if (!(error instanceof PortalError) || !SIGN_IN_AGAIN.has(error.code)) throw error;
    const said = error.message.replace(/ Sign in again.*$/, '');
    throw new PortalError(error.code, `${said} Sign in again with: curfew login --server ${server}`);
  }
}

const SIGN_IN_AGAIN = new Set(['authentication-required', 'session-ended', 'reauthentication-required']);

function readKept(path: string, { sessionId }: SignIn, { clock }: Surroundings): Kept | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as Kept;
    return kept.portalSessionId === sessionId && Date.parse(kept.endsAt) > clock.now() ? kept : null;
  } catch {
    // Not one of ours any more: a new one takes its place.
    return null;
  }
}

/** client-go reads RFC 3339 in whole seconds. Rounded down: never later than the end. */
function withoutFraction(at: string): string {
  return `${at.slice(0, 19)}Z`;
}

/** @param info what kubectl says of the cluster and of what it understands; absent where a person runs this */
function readApiVersion(info: string | undefined): string {
  if (info === undefined || info === '') return API_VERSIONS[1] ?? '';
  const asked = parseInfo(info);
  if (asked !== undefined && API_VERSIONS.includes(asked)) return asked;
  throw new PortalError(
    'invalid-request',
    `KUBERNETES_EXEC_INFO asks for ${asked ?? 'nothing that can be read'}: known are ${API_VERSIONS.join(' and ')}.`,
  );
}

function parseInfo(info: string): string | undefined {
  try {
    const parsed = JSON.parse(info) as { apiVersion?: unknown } | null;
    return typeof parsed?.apiVersion === 'string' ? parsed.apiVersion : undefined;
  } catch {
    // The caller says that it cannot be read.
    return undefined;
  }
}
