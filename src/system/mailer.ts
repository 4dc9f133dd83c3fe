import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import type { Mail } from '../sessions/notice-mails.ts';

/** Where mail is handed over. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `at-once`: from the first byte; `required`: by STARTTLS, or nothing is sent; `offered`: by STARTTLS where it is offered. */
  readonly tls: 'at-once' | 'required' | 'offered';
  readonly login: { readonly user: string; readonly passwordFile: string } | null;
  /** The sender's address. */
  readonly from: string;
}

/** A server that does not answer is given up. */
const PATIENCE_MS = 10_000;

/**
 * @param refused is told of addresses that the server did not take, where it took others
 * @throws when the password cannot be read
 */
export function createMailer({ host, port, tls, login, from }: SmtpServer, refused: (addresses: string[]) => void) {
  const transport = createTransport({
    ...{ host, port, secure: tls === 'at-once', requireTLS: tls === 'required' },
    ...(login !== null && {
      auth: { user: login.user, pass: readFileSync(login.passwordFile, 'utf8').replace(/\r?\n$/, '') },
    }),
    ...{ disableFileAccess: true, disableUrlAccess: true },
    ...{
      dnsTimeout: PATIENCE_MS,
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
    },
  });
  return {
    /** Resolves once the server has taken it, for one address at least. @throws when it has not */
    async send({ id, to, subject, text }: Mail): Promise<void> {
      const messageId = `<${id}@${from.split('@').at(-1)}>`;
      const { rejected } = await transport.sendMail({ from, to: [...to], subject, text, messageId });
      if (rejected.length > 0) refused(rejected.map(String));
    },
  };
}
