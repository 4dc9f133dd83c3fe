import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { mergeContexts } from './merge-contexts.ts';

const portal = { server: 'https://curfew.example', username: 'ada', url: 'https://curfew.example', caPem: null };
const merge = (text: string, ids: readonly string[] = ['local'], at = portal) =>
  mergeContexts(
    text,
    'the file',
    at,
    ids.map((cluster) => ({ cluster })),
  );

const SOMEBODYS = `# my clusters
apiVersion: v1
kind: Config
current-context: work # the one I use
clusters:
  # bought in May
  - name: work
    cluster: {server: "https://work.example"}
users:
  - name: me
    user:
      token: secret
contexts:
  - name: work
    context:
      cluster: work
      user: me
preferences: {}
`;

describe('merging contexts', () => {
  it('writes a whole kubeconfig where there is none, without a secret', () => {
    const { text, contexts } = merge('');
    expect(contexts).toEqual(['curfew-local']);
    expect(parse(text)).toMatchObject({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'curfew-local',
      clusters: [{ name: 'curfew-local', cluster: { server: 'https://curfew.example/k8s/clusters/local' } }],
      users: [
        {
          name: 'curfew-local',
          user: {
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1beta1',
              command: 'curfew',
              args: ['credential', '--cluster', 'local', '--server', 'https://curfew.example'],
              interactiveMode: 'IfAvailable',
            },
          },
        },
      ],
      contexts: [{ name: 'curfew-local', context: { extensions: [{ name: 'curfew' }] } }],
    });
    expect(text).not.toMatch(/token/);
  });

  it('keeps everything else, comments too, and changes nothing the second time', () => {
    const { text } = merge(SOMEBODYS);
    for (const line of SOMEBODYS.trimEnd().split('\n'))
      expect(text.replaceAll(/ *\{ */g, ' {')).toContain(
        line
          .trim()
          .replaceAll(/ *\{ */g, ' {')
          .replace('}', ''),
      );
    expect(parse(text)).toMatchObject({ 'current-context': 'work', users: [{ name: 'me' }, { name: 'curfew-local' }] });
    expect(merge(text).text).toBe(text);
  });

  it('takes contexts away whose clusters the caller no longer reaches, and only those of this portal', () => {
    const other = { ...portal, server: 'https://other.example', url: 'https://other.example' };
    const both = merge(merge(SOMEBODYS, ['a', 'b']).text, ['c'], other).text;
    const { contexts, clusters, users } = parse(merge(both, ['b']).text);
    for (const [list, first] of [
      [contexts, 'work'],
      [clusters, 'work'],
      [users, 'me'],
    ])
      expect(list.map(({ name }: { name: string }) => name)).toEqual([first, 'curfew-b', 'curfew-c']);
  });

  it('writes a context for each tenant, with its namespace, and takes it away with the tenant', () => {
    const tenant = { id: '11-22', name: 'dev', namespace: 'duploservices-dev' };
    const { text, contexts } = mergeContexts('', 'the file', portal, [
      { cluster: 'local' },
      { cluster: 'local', tenant },
    ]);
    expect(contexts).toEqual(['curfew-local', 'curfew-local.dev']);
    const written = parse(text);
    expect(written.contexts[1].context).toMatchObject({ cluster: 'curfew-local.dev', namespace: 'duploservices-dev' });
    expect(written.contexts[0].context.namespace).toBeUndefined();
    expect(written.clusters[1].cluster.server).toBe('https://curfew.example/k8s/clusters/local');
    expect(written.users[1].user.exec.args.join(' ')).toBe(
      'credential --cluster local --tenant 11-22 --server https://curfew.example',
    );
    expect(merge(text).text).toBe(merge('').text);
  });

  it('tells a tenant from whatever else a cluster and a tenant can be called', () => {
    const tenant = (name: string) => ({ id: name, name, namespace: 'n' });
    const places = [
      { cluster: 'a', tenant: tenant('b-c') },
      { cluster: 'a-b', tenant: tenant('c') },
      { cluster: 'a-b-c' },
    ];
    const names = ['curfew-a.b-c', 'curfew-a-b.c', 'curfew-a-b-c'];
    expect(mergeContexts('', 'the file', portal, places).contexts).toEqual(names);
  });

  it('gives a name away that another portal or somebody has', () => {
    const other = { ...portal, server: 'https://other.example:8443' };
    const { text } = merge('', ['local']);
    expect(merge(text, ['local'], other).contexts).toEqual(['curfew-local@other.example:8443']);
    const theirs = SOMEBODYS.replaceAll('work', 'curfew-local');
    expect(merge(theirs).contexts).toEqual(['curfew-local@curfew.example']);
  });

  it.each(['null', '[null]', '[x]', '[{ name: curfew }]', '[{ name: curfew, extension: null }]'])(
    'takes a context for somebody else’s whose extensions are %s',
    (extensions) => {
      const { contexts } = merge(`contexts: [{ name: work, context: { extensions: ${extensions} } }]`, ['local']);
      expect(contexts).toEqual(['curfew-local']);
    },
  );

  it.each([
    ['clusters: [', /^the file is not valid YAML: /],
    ['- 1', /^the file is no kubeconfig/],
    ['clusters: 1', /^the file is no kubeconfig/],
    ['contexts: [x]', /^the file is no kubeconfig/],
  ])('refuses %j', (text, sentence) => {
    expect(() => merge(text)).toThrow(sentence);
  });
});
