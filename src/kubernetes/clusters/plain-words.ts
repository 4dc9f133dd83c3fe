import { codeOf, messageOf } from './error-code.ts';

const BY_CODE: Record<string, string> = {
  ECONNREFUSED: 'connection refused at {at}',
  ECONNRESET: 'the connection to {at} was reset',
  EPIPE: 'the connection to {at} was broken',
  UND_ERR_SOCKET: 'the connection to {at} was broken',
  ENOTFOUND: 'the name {host} cannot be resolved',
  EAI_AGAIN: 'the name {host} cannot be resolved right now',
  EHOSTUNREACH: 'there is no route to {at}',
  ENETUNREACH: 'there is no route to {at}',
  ETIMEDOUT: 'no answer from {at} in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer from {at} in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer from {at} in time',
  UND_ERR_BODY_TIMEOUT: 'no answer from {at} in time',
  CERT_HAS_EXPIRED: 'the certificate of {at} has expired',
  CERT_NOT_YET_VALID: 'the certificate of {at} is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of {at} is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of {at} is not signed by the authority in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate of {at} is not signed by the authority in the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate of {at} is not signed by the authority in the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate of {at} is not signed by the authority in the kubeconfig',
  CERT_SIGNATURE_FAILURE: 'the certificate of {at} is not signed by the authority in the kubeconfig',
  ERR_SSL_WRONG_VERSION_NUMBER: '{at} does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: '{at} does not speak TLS',
  ERR_SSL_TLSV1_ALERT_CERTIFICATE_EXPIRED: '{at} says that our client certificate has expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: '{at} says that our client certificate has expired',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: '{at} does not know who signed our client certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: '{at} refused our client certificate',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: '{at} wants a client certificate',
  HPE_INVALID_CONSTANT: '{at} does not speak HTTP',
  UND_ERR_ABORTED: 'no answer from {at} in time',
};

const TIMEOUTS = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** What went wrong on the way to a server, for people: `connection refused at 10.0.0.1:6443`. */
export function describeConnectionError(error: unknown, server: URL): string {
  const code = errorCode(error);
  const at = `${server.hostname}:${server.port || (server.protocol === 'http:' ? '80' : '443')}`;
  const words = code === null ? undefined : BY_CODE[code];
  if (words !== undefined) return words.replace('{at}', at).replace('{host}', server.hostname);
  return `the connection to ${at} failed: ${messageOf(error)}`;
}

/** Of a failed connection: did nothing answer in time, did it break on the way, or was it not to be had at all? */
export function connectionFailure(error: unknown): 'timeout' | 'broken' | 'unavailable' {
  const code = errorCode(error) ?? '';
  if (TIMEOUTS.has(code)) return 'timeout';
  return BROKEN.has(code) ? 'broken' : 'unavailable';
}

/** The code of an error or of what caused it; several attempts (one for each address) count as the first. */
function errorCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  const code = codeOf(error);
  if (code !== null && (code in BY_CODE || error.cause === undefined)) return code;
  return error.cause === undefined ? null : errorCode(error.cause);
}
