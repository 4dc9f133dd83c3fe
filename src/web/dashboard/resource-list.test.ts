import { beforeEach, describe, expect, it, vi } from 'vitest';
import { KubernetesError } from './kubernetes-api.ts';
import type { KubernetesRequest } from './kubernetes-api.ts';
import { ResourceList } from './resource-list.ts';
import type { StreamReader } from './stream-connection.ts';

const item = (name: string, version = '1') => ({
  cells: [name],
  object: { metadata: { uid: name, name, resourceVersion: version } },
});
const page = (names: string[], metadata: object) => ({
  metadata,
  columnDefinitions: [{ name: 'Name' }],
  rows: names.map((name) => item(name)),
});
const event = (type: string, name: string, version: string) =>
  `${JSON.stringify({ type, object: { rows: [item(name, version)] } })}\n`;

let asked: KubernetesRequest[];
let answers: unknown[];
let watch: StreamReader | null;
let list: ResourceList;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  watch = null;
  const json = (request: KubernetesRequest): Promise<unknown> => {
    asked.push(request);
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const streams = {
    add(reader: StreamReader) {
      watch = reader;
      return () => (watch = null);
    },
  };
  const query = { path: '/api/v1/pods', labels: 'app=web', fields: '', canWatch: true };
  list = new ResourceList({ json, text: () => Promise.reject(new Error('unused')) }, streams, query);
  return () => vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(100);
const names = () => [...list.state().rows.keys()];
const parameters = (path: string) => Object.fromEntries(new URLSearchParams(path.split('?')[1]));

async function loadOne(): Promise<void> {
  answers = [page(['a'], { resourceVersion: '5' })];
  list.load();
  await settle();
  watch?.opened();
}

describe('a list', () => {
  it('comes in pages of one version, the first by a person, and is watched from there', async () => {
    answers = [
      page(['a'], { resourceVersion: '5', continue: 'next', remainingItemCount: 1 }),
      page(['b'], { resourceVersion: '5' }),
    ];
    list.load();
    await settle();
    expect(names()).toEqual(['a', 'b']);
    expect(asked.map(({ background }) => background)).toEqual([false, true]);
    expect(parameters(asked[1]?.path ?? '')).toEqual({
      limit: '10000',
      continue: 'next',
      labelSelector: 'app=web',
      includeObject: 'Metadata',
    });
    expect(parameters(watch?.path() ?? '')).toMatchObject({
      watch: '1',
      resourceVersion: '5',
      labelSelector: 'app=web',
    });
  });

  it('follows what happens, also in pieces, and goes on from the newest version', async () => {
    await loadOne();
    const text = event('ADDED', 'b', '6') + event('DELETED', 'a', '7');
    watch?.data(text.slice(0, 20));
    watch?.data(text.slice(20));
    await settle();
    expect(names()).toEqual(['b']);
    watch?.interrupted();
    expect(list.state()).toMatchObject({ phase: 'interrupted' });
    expect(parameters(watch?.path() ?? '')['resourceVersion']).toBe('7');
    watch?.opened();
    watch?.data(event('ADDED', 'b', '6') + event('ADDED', 'c', '8'));
    await settle();
    expect([names(), list.state().phase]).toEqual([['b', 'c'], 'live']);
  });

  it('waits as long as it is asked to, longer each time where nobody says, and not after an ordinary end', async () => {
    await loadOne();
    const over = (status: number, retryAfterMs: number | null = null) =>
      watch?.over({ status, message: 'no', retryAfterMs });
    expect(over(429, 7000)).toBe(7000);
    expect([over(500), over(500), over(500)]).toEqual([1000, 2000, 5000]);
    watch?.data(event('ADDED', 'b', '6'));
    expect([over(200), over(200)]).toEqual([0, 1000]);
  });

  it.each([
    ['as an event', () => watch?.data(`${JSON.stringify({ type: 'ERROR', object: { code: 410 } })}\n`)],
    ['as an answer', () => watch?.over({ status: 410, message: 'too old', retryAfterMs: null })],
  ])('is listed anew, by nobody, where its version is forgotten: %s', async (_how, forget) => {
    await loadOne();
    answers = [page(['z'], { resourceVersion: '90' })];
    forget();
    await settle();
    expect([names(), asked[1]?.background]).toEqual([['z'], true]);
    expect(parameters(watch?.path() ?? '')['resourceVersion']).toBe('90');
  });

  it('says why it failed, and tries again by itself only where it is asked to', async () => {
    answers = [new KubernetesError(429, { message: 'slow down' }, 3000), page(['a'], { resourceVersion: '5' })];
    list.load();
    await settle();
    expect(list.state()).toMatchObject({ phase: 'failed', problem: 'slow down' });
    await vi.advanceTimersByTimeAsync(3000);
    expect(names()).toEqual(['a']);
    answers = [new KubernetesError(403, { message: 'pods is forbidden' }, null)];
    list = new ResourceList(
      { json: () => Promise.reject(answers[0]), text: () => Promise.reject(new Error('unused')) },
      { add: () => () => undefined },
      { path: '/api/v1/pods', labels: '', fields: '', canWatch: true },
    );
    list.load();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(list.state()).toMatchObject({ phase: 'failed', problem: 'pods is forbidden' });
  });
});
