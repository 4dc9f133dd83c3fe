import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

/** Fields that may hold a secret; they never reach a log, whoever writes them. */
const SECRET_FIELDS = [
  'password',
  'currentPassword',
  'newPassword',
  'token',
  'authorization',
  'cookie',
  'secret',
  'kubeconfig',
];

/**
 * Structured logs on standard error: readable lines on a terminal, JSON otherwise.
 *
 * @param stream where to write instead, so that a test can read it
 */
export function createLogger(level: string, pretty: boolean, stream?: DestinationStream): Logger {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '[secret]' } },
    stream ?? (pretty ? prettyStream() : pino.destination({ dest: 2, sync: true })),
  );
}

function prettyStream() {
  return pino.transport({
    target: 'pino-pretty',
    options: { destination: 2, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', colorize: true },
  });
}
