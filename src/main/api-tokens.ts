import type { Logger } from 'pino';
import { ConfigError } from '../config/load-config.ts';
import type { Config } from '../config/load-config.ts';
import { ApiTokens } from '../sessions/api-tokens.ts';
import type { ApiTokensPorts } from '../sessions/api-tokens.ts';
import { NoticeMails } from '../sessions/notice-mails.ts';
import { TokenNotices } from '../sessions/token-notices.ts';
import type { Store } from '../store/store.ts';
import { createMailer } from '../system/mailer.ts';

export interface ApiTokenParts extends ApiTokensPorts {
  readonly store: Store;
  readonly smtp: Config['smtp'];
  readonly portalUrl: string;
  readonly log: Logger;
}

/** Permanent API tokens, and what tells of their expiry; `mails` is null where no mail server is given. @throws ConfigError */
export function createApiTokens(parts: ApiTokenParts) {
  const apiTokens = new ApiTokens(parts);
  const tokenNotices = new TokenNotices({ ...parts, apiTokens });
  const { smtp, log } = parts;
  if (smtp === null) return { apiTokens, tokenNotices, mails: null };
  const { send } = openMailer(smtp, log);
  const failed = (error: unknown) => log.error({ err: error }, 'a notice that an API token expires could not be sent');
  return { apiTokens, tokenNotices, mails: new NoticeMails({ ...parts, notices: tokenNotices, send, failed }) };
}

function openMailer(smtp: NonNullable<Config['smtp']>, log: Logger) {
  try {
    return createMailer(smtp, (addresses) => log.warn({ addresses }, 'the mail server refused addresses of a notice'));
  } catch (error) {
    throw new ConfigError(`The file of --smtp-password-file cannot be read: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}
