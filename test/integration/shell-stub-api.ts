import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SessionHandle } from '../../src/sessions/stream.ts';
import type { RelayTarget } from '../../src/kubernetes/shell/relay.ts';

/** What the stub was asked, and for which session. */
export interface StubRequest {
  readonly sessionId: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

const POD = { metadata: { name: 'pod-of-the-stub', namespace: 'default' } };
const POD_LIST = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [POD] };
const POD_TABLE = {
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata: { resourceVersion: '1' },
  columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', description: '', priority: 0 }],
  rows: [
    {
      cells: ['pod-of-the-stub'],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', ...POD },
    },
  ],
};
const RESOURCES = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'], shortNames: ['po'] },
  ],
};
const ANSWERS: Record<string, unknown> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': RESOURCES,
  '/api/v1/namespaces/default/pods': POD_LIST,
};

/**
 * A stub of the gateway: enough of the Kubernetes API for `kubectl get pods`, a slow answer, and an upgrade that
 * echoes. The shell is tested with the real gateway and a real cluster elsewhere.
 */
export class StubGateway {
  readonly requests: StubRequest[] = [];

  forSession = (session: SessionHandle): RelayTarget => ({
    handleRequest: (request, response) => this.#answer(session.id, request, response),
    handleUpgrade: (request, socket, head) => this.#echo(session.id, request, socket, head),
  });

  #answer(sessionId: string, request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    this.requests.push({ sessionId, url, headers: request.headers });
    const path = url.split('?')[0] ?? '';
    if (path === '/slow') return void setTimeout(() => response.end('late but whole'), 1_000);
    response.setHeader('Content-Type', 'application/json');
    response.statusCode = path in ANSWERS ? 200 : 404;
    const isTable = request.headers.accept?.includes('as=Table') === true && ANSWERS[path] === POD_LIST;
    response.end(
      JSON.stringify(
        isTable ? POD_TABLE : (ANSWERS[path] ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }),
      ),
    );
  }

  #echo(sessionId: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.requests.push({ sessionId, url: request.url ?? '', headers: request.headers });
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.write(head);
    socket.pipe(socket);
  }
}
