import { isUtf8 } from 'node:buffer';
import type { ApiRequest } from './api-request.ts';
import { refusal } from './refusal.ts';
import type { Refusal } from './refusal.ts';

/** What a request would make that could outlive the session (security, Credentials that outlive the session). */
export type LastingCredential = 'service-account-token' | 'certificate' | 'token-secret';

/** The least that the API server issues a token for, in seconds. */
const MIN_TOKEN_SECONDS = 600;
/** What the API server takes when nothing is asked for. */
const DEFAULT_TOKEN_SECONDS = 3600;
/** Asked for exactly this, the API server may issue a token of a year (its grace for pods of older clients). */
const EXTENDED_TOKEN_SECONDS = 3607;
/** Secrets whose content authenticates: the token that Kubernetes fills in, and the one that nodes join a cluster with. */
const TOKEN_SECRET_TYPES = ['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'];
const CERTIFICATE_REQUESTS = new Set(['certificatesigningrequests', 'podcertificaterequests']);
const WRITING_VERBS = new Set(['create', 'update', 'patch']);

/** Which credential a request may be about; its body then has to be looked at, except for certificates. */
export function lastingCredentialOf(request: ApiRequest): LastingCredential | null {
  if (!WRITING_VERBS.has(request.verb)) return null;
  const { group, resource, subresource } = request;
  if (resource === 'serviceaccounts' && group === '' && subresource === 'token') return 'service-account-token';
  if (resource === 'secrets' && group === '') return 'token-secret';
  const certificate = group === 'certificates.k8s.io' && CERTIFICATE_REQUESTS.has(resource) && subresource === '';
  return certificate ? 'certificate' : null;
}

export const CERTIFICATE_REFUSAL: Refusal = refusal(
  403,
  'Curfew refuses certificate signing requests: a certificate would outlive the session.',
);

/**
 * Caps a TokenRequest (authentication.k8s.io) to the time that is left.
 *
 * @returns the body to send in its place, made of the known fields alone, or a refusal
 */
export function capTokenRequest(body: Uint8Array, contentType: string | null, secondsLeft: number): string | Refusal {
  if (secondsLeft < MIN_TOKEN_SECONDS) {
    const left = Math.max(0, Math.floor(secondsLeft));
    const why = `the session ends in ${left} s, and Kubernetes issues no token for less than ${MIN_TOKEN_SECONDS} s`;
    return refusal(403, `No token can be issued: ${why}. Sign in to Curfew again for a longer one.`);
  }
  if (!isJson(contentType)) return refusal(415, 'Curfew takes a TokenRequest as JSON only.');
  const request = asRecord(body.length === 0 ? {} : parseJson(body));
  const spec = asRecord(request?.['spec'] ?? {});
  if (request === null || spec === null) return refusal(400, 'The TokenRequest is not valid JSON.');
  const asked = spec['expirationSeconds'] ?? DEFAULT_TOKEN_SECONDS;
  if (typeof asked !== 'number') return refusal(400, 'The TokenRequest’s expirationSeconds is not a number.');
  const capped = Math.min(Math.floor(asked), Math.floor(secondsLeft));
  const seconds = capped === EXTENDED_TOKEN_SECONDS ? capped - 1 : capped;
  const { audiences, boundObjectRef } = spec;
  const { apiVersion, kind } = request;
  return JSON.stringify({ apiVersion, kind, spec: { audiences, boundObjectRef, expirationSeconds: seconds } });
}

/** Refuses a Secret that is a token which may never end; null where it is another. */
export function refuseTokenSecret(body: Uint8Array, contentType: string | null): Refusal | null {
  if (!isJson(contentType) && !isYaml(contentType)) return refusal(415, 'Curfew takes Secrets as JSON or YAML only.');
  if (!isUtf8(body)) return UNREADABLE;
  const text = Buffer.from(body).toString('utf8');
  // JSON is YAML too, and what kubectl sends whatever it calls it.
  const inJson = typeInJson(text);
  if (inJson !== undefined) return inJson === null ? null : tokenSecretRefusal(inJson);
  return isYaml(contentType) ? refuseYaml(text) : UNREADABLE;
}

const UNREADABLE = refusal(400, 'The body is not readable JSON or YAML.');
function tokenSecretRefusal(type: string): Refusal {
  return refusal(403, `Curfew refuses Secrets of type ${type}: the token would outlive the session.`);
}
const HIDING_YAML = refusal(
  403,
  'Curfew takes Secrets in YAML without escapes (\\) and tags (!), which can hide what is meant. Send JSON instead.',
);

/**
 * YAML is searched, not parsed: parsers take long for some texts, while every session waits, and no two of them agree.
 * Without escapes, tags and other encodings a value stands in the text as it is.
 */
function refuseYaml(text: string): Refusal | null {
  // go-yaml reads UTF-16 where a byte order mark says so, or where every other byte is zero.
  if (/[\0\ufeff\ufffe]/.test(text)) return UNREADABLE;
  const type = TOKEN_SECRET_TYPES.find((each) => text.includes(each));
  if (type !== undefined) return tokenSecretRefusal(type);
  return /\\|(?<![A-Za-z0-9!])!/.test(text) ? HIDING_YAML : null;
}

export function isRefusal(value: object | string): value is Refusal {
  return typeof value === 'object' && 'code' in value;
}

/**
 * The type of a token Secret whose name stands anywhere, so that no odd spelling of its key gets by; undefined for what
 * is no JSON.
 */
function typeInJson(text: string): string | null | undefined {
  try {
    let found: string | null = null;
    JSON.parse(text, (_key, value: unknown) => {
      found ??= TOKEN_SECRET_TYPES.find((type) => type === value) ?? null;
      return value;
    });
    // Of two keys of one name the parser above sees the last; the text itself shows both, escapes apart.
    const plain = text.replaceAll('\\/', '/').replaceAll(/\\u([0-9a-f]{4})/gi, fromCodePoint);
    return found ?? TOKEN_SECRET_TYPES.find((type) => plain.includes(`"${type}"`)) ?? null;
  } catch {
    // The caller says so to whoever sent it.
    return undefined;
  }
}

function fromCodePoint(_match: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function isJson(contentType: string | null): boolean {
  const type = mediaType(contentType);
  return type === '' || type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}

function isYaml(contentType: string | null): boolean {
  const type = mediaType(contentType);
  return type === 'application/yaml' || type === 'application/apply-patch+yaml';
}

function mediaType(contentType: string | null): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    // The caller says so to whoever sent it.
    return null;
  }
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
