import { once } from 'node:events';
import { WebSocket } from 'ws';
import { INPUT_BY_PERSON } from '../../src/wire/shell.ts';
import type { TerminalServerMessage } from '../../src/wire/shell.ts';
import { until } from './curfew-process.ts';
import type { TestBrowser } from './test-portal.ts';

/** A real shell with the page that shows it, as far as its messages and its text go. */
export interface TestShell {
  readonly id: string;
  readonly messages: readonly TerminalServerMessage[];
  output(): string;
  type(text: string): void;
  /** The close code. */
  readonly closed: Promise<number>;
}

/** Opens a shell at a cluster and waits until its terminal is there. */
export async function openTestShell(browser: TestBrowser, cluster = 'nowhere'): Promise<TestShell> {
  const opened = await browser.send('POST', '/api/shells', { cluster });
  if (opened.status !== 201) throw new Error(`no shell: ${JSON.stringify(opened.body)}`);
  const headers = { cookie: browser.cookieHeader, origin: browser.url, 'sec-fetch-site': 'same-origin' };
  const url = `${browser.url.replace('http', 'ws')}/api/shells/${opened.body.id}/terminal`;
  const socket = new WebSocket(url, { headers });
  const messages: TerminalServerMessage[] = [];
  let output = '';
  socket.on('message', (data, isBinary) => {
    const text = (data as Buffer).toString();
    if (isBinary) output += text;
    else messages.push(JSON.parse(text) as TerminalServerMessage);
  });
  const closed = once(socket, 'close').then(([code]) => code as number);
  await until(() => messages.some(({ type }) => type === 'ready'), 'the terminal');
  return {
    id: opened.body.id,
    messages,
    output: () => output,
    type: (text) => socket.send(Buffer.concat([Buffer.from([INPUT_BY_PERSON]), Buffer.from(text)])),
    closed,
  };
}
