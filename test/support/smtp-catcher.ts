import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface CaughtMail {
  readonly to: string[];
  /** As it came over the wire. */
  readonly raw: string;
}

/** A mail server on loopback that keeps what it is given. */
export interface SmtpCatcher {
  readonly port: number;
  readonly mails: readonly CaughtMail[];
  /** Refuses everything, until told otherwise. */
  refuse(isRefusing: boolean): void;
  /** How many mails it was to take, refused ones with them. */
  readonly asked: number;
  stop(): Promise<void>;
}

/** @param login without it, whoever comes may send; `offersTls` with a certificate that nobody trusts */
export async function startSmtpCatcher({
  login = null,
  offersTls = false,
}: { login?: { user: string; password: string } | null; offersTls?: boolean } = {}): Promise<SmtpCatcher> {
  const mails: CaughtMail[] = [];
  let isRefusing = false;
  let asked = 0;
  const server = new SMTPServer({
    authOptional: login === null,
    allowInsecureAuth: true,
    disabledCommands: offersTls ? [] : ['STARTTLS'],
    onAuth({ username, password }, _session, callback) {
      if (username === login?.user && password === login?.password) callback(null, { user: username });
      else callback(new Error('wrong'));
    },
    onMailFrom(_address, _session, callback) {
      asked += 1;
      callback(isRefusing ? Object.assign(new Error('busy'), { responseCode: 451 }) : null);
    },
    onData(stream, { envelope: { rcptTo } }, callback) {
      void text(stream).then((raw) => {
        mails.push({ to: rcptTo.map(({ address }) => address), raw });
        callback(null);
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuse: (now) => void (isRefusing = now),
    get asked() {
      return asked;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
