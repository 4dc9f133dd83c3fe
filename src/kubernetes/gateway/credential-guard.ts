import type { IncomingMessage } from 'node:http';
import type { SessionHandle } from '../../sessions/stream.ts';
import type { ApiRequest } from './api-request.ts';
import type { GatewayContext } from './admission.ts';
import {
  CERTIFICATE_REFUSAL,
  capTokenRequest,
  isRefusal,
  lastingCredentialOf,
  refuseTokenSecret,
} from './lasting-credentials.ts';
import type { CredentialRequest } from './ports.ts';
import { refusalOf } from './refusal.ts';
import { remedyFor } from './remedy.ts';
import type { Refusal } from './refusal.ts';
import { headerValue } from './request-headers.ts';
import { readBody } from './request-body.ts';
import type { InspectedBody } from './upstream-body.ts';

/**
 * The look that a request needs which could make a credential that outlives the session; null for all others.
 *
 * Each such request is told to the audit, whether refused or capped.
 */
export function credentialGuard(
  context: GatewayContext,
  session: SessionHandle,
  request: ApiRequest,
  incoming: IncomingMessage,
): (() => Promise<InspectedBody | Refusal>) | null {
  const what = lastingCredentialOf(request);
  if (what === null) return null;
  const { ports } = context;
  const clusterId = session.clusterId ?? '';
  const tell = (outcome: CredentialRequest['outcome']): void => {
    const { namespace, name } = request;
    ports.onCredentialRequest({ session, clusterId, what, namespace, name, outcome });
  };
  if (what === 'certificate') {
    tell('refused');
    return () => Promise.resolve(CERTIFICATE_REFUSAL);
  }
  return async () => {
    const contentType = headerValue(incoming.rawHeaders, 'content-type');
    const body = await readOrRefuse(incoming);
    if (isRefusal(body)) return body;
    if (what === 'token-secret') {
      const refused = refuseTokenSecret(body, contentType);
      if (refused === null) return { content: body, contentType: contentType ?? 'application/json' };
      if (refused.code === 403) tell('refused');
      return refused;
    }
    const secondsLeft = (session.deadline().at - ports.clock.now()) / 1000;
    const capped = capTokenRequest(body, contentType, secondsLeft);
    tell(isRefusal(capped) ? 'refused' : 'capped');
    return isRefusal(capped) ? capped : { content: capped, contentType: 'application/json' };
  };
}

async function readOrRefuse(incoming: IncomingMessage): Promise<Buffer | Refusal> {
  try {
    return await readBody(incoming);
  } catch (error) {
    return refusalOf(error, remedyFor(incoming.headers.authorization));
  }
}
