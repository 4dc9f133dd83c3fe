import type { TestBrowser, TestPortal } from './test-portal.ts';

export interface DuploAnswer {
  readonly status: number;
  readonly text: string;
  // The tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
  readonly headers: Headers;
}

/** Asks as DuploCloud's clients do: with a bearer token, and a JSON content type in any case. */
export async function askAsClient(
  { url }: Pick<TestPortal, 'url'>,
  bearer: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<DuploAnswer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'manual',
  });
  const text = await response.text();
  return { status: response.status, text, json: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

/** A temporary API token of somebody who is signed in. */
export async function apiTokenOf(browser: TestBrowser): Promise<string> {
  const { status, body } = await browser.send('POST', '/api/session/api-token');
  if (status !== 201) throw new Error(`no API token: ${JSON.stringify(body)}`);
  return body.token;
}
