import type { Browser, CDPSession } from 'playwright-core';
import { expect } from 'vitest';
import { PASSWORD } from '../support/test-portal.ts';

interface Answer {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown };
  readonly error?: { readonly message: string };
}

/** Tabs with cookies of their own that Playwright does not know of: it keeps its own in front, so they never freeze. */
export async function openRawTabs(browser: Browser, count: number): Promise<RawTab[]> {
  const root = await browser.newBrowserCDPSession();
  const { browserContextId } = await root.send('Target.createBrowserContext');
  const tabs: RawTab[] = [];
  for (let each = 0; each < count; each++) {
    const { targetId } = await root.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await root.send('Target.attachToTarget', { targetId, flatten: false });
    tabs.push(new RawTab(root, sessionId));
  }
  return tabs;
}

/** A tab that is spoken to in the words of Chromium's developer tools. */
export class RawTab {
  readonly #root: CDPSession;
  readonly #sessionId: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  constructor(root: CDPSession, sessionId: string) {
    this.#root = root;
    this.#sessionId = sessionId;
    root.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const answer = JSON.parse(event.message) as Answer;
      this.#waiting.get(answer.id)?.(answer);
    });
  }

  async send(method: string, params: object = {}): Promise<Answer['result']> {
    const id = ++this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#root.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message });
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** The value of an expression in the page, awaited if it is a promise. */
  async evaluate(expression: string): Promise<unknown> {
    const result = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails));
    return result?.result?.value;
  }

  async goto(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
    await expect.poll(() => this.evaluate('document.readyState'), { timeout: 10_000 }).toBe('complete');
  }

  signIn(username: string): Promise<unknown> {
    const body = JSON.stringify({ username, password: PASSWORD });
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    return this.evaluate(`fetch('/api/session', ${JSON.stringify(request)}).then(({ status }) => status)`);
  }

  text(): Promise<unknown> {
    return this.evaluate('document.body.innerText');
  }

  /** Slows it down as a background tab is, and then stops it, as the browser does with those nobody looks at. */
  async freeze(): Promise<void> {
    await this.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await this.send('Page.setWebLifecycleState', { state: 'frozen' });
    expect(await this.evaluate('document.visibilityState')).toBe('hidden');
  }

  async wake(): Promise<void> {
    await this.send('Page.setWebLifecycleState', { state: 'active' });
  }
}
