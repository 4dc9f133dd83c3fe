import type { ReadStream } from 'node:tty';
import { PortalError } from '../core/portal-error.ts';

/** Whoever sits there, or nobody. Questions go to stderr, so that stdout stays for what was asked for. */
export interface Terminal {
  /** Whether there is somebody to ask. */
  readonly isInteractive: boolean;
  /** Writes a line over the one before it; false where stdout is no terminal. */
  overwrite(line: string): boolean;
  ask(question: string): Promise<string>;
  /** Asks without showing what is typed. @throws PortalError `invalid-request` when it is called off */
  askSecretly(question: string): Promise<string>;
  /** All of stdin, without the last line break. */
  readAll(): Promise<string>;
}

/** @param own whose streams are touched only where they are used: making them costs kubectl, which waits, ten milliseconds */
export function createTerminal(own: NodeJS.Process): Terminal {
  return {
    get isInteractive() {
      return own.stdin.isTTY && own.stderr.isTTY;
    },
    overwrite(line) {
      if (!own.stdout.isTTY) return false;
      own.stdout.write(`\r\u001b[K${line}`);
      return true;
    },
    async ask(question) {
      // Only here: kubectl waits for commands that ask nothing.
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: own.stdin, output: own.stderr });
      try {
        return (await lines.question(question)).trim();
      } finally {
        lines.close();
      }
    },
    async askSecretly(question) {
      // Before the question is seen: what is typed at once is not shown either.
      const secret = readSecret(own.stdin);
      own.stderr.write(question);
      try {
        return await secret;
      } finally {
        own.stderr.write('\n');
      }
    },
    async readAll() {
      const parts: Buffer[] = [];
      for await (const part of own.stdin) parts.push(part as Buffer);
      return Buffer.concat(parts)
        .toString('utf8')
        .replace(/\r?\n$/, '');
    },
  };
}

/** Reads a line in raw mode, in which the terminal shows nothing and Ctrl-C is a character. */
function readSecret(stdin: ReadStream): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let typed: string[] = [];
  const onData = (data: string): void => {
    for (const character of data) {
      if (character === '\r' || character === '\n') return resolve(typed.join(''));
      if (character === '\u0003' || character === '\u0004')
        return reject(new PortalError('invalid-request', 'Nobody gave a password.'));
      if (character === '\u007f' || character === '\b') typed.pop();
      else if (character === '\u0015') typed = [];
      else typed.push(character);
    }
  };
  stdin.setRawMode(true).setEncoding('utf8').on('data', onData).resume();
  return promise.finally(() => {
    stdin.off('data', onData).setRawMode(false).pause();
  });
}
