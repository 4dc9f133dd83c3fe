import { PassThrough } from 'node:stream';
import { Attach, CoreV1Api, Exec, KubeConfig, Log, PortForward, Watch } from '@kubernetes/client-node';
import type { V1Status } from '@kubernetes/client-node';

// What a user of @kubernetes/client-node may run: node node-client.ts OPERATION KUBECONFIG NAMESPACE.
// Prints `ready` once it is under way. Errors are left to Node.js, as in most scripts.

const [operation = '', kubeconfig = '', namespace = ''] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);

/** Tells once that something has begun. */
let begun = false;
function ready(): void {
  if (!begun) console.log('ready');
  begun = true;
}

const output = new PassThrough();
output.on('data', (data: Buffer) => {
  ready();
  process.stdout.write(data);
});
output.on('end', () => console.log('the output ended'));
const errors = new PassThrough();
errors.on('data', (data: Buffer) => console.log(`error: ${data.toString()}`));
const input = new PassThrough();

function onStatus(status: V1Status): void {
  console.log(`${status.status}: ${status.message}`);
  process.exitCode = status.status === 'Success' ? 0 : 1;
  input.end();
}

type Socket = Awaited<ReturnType<PortForward['portForward']>>;
function followClose(socket: Socket): void {
  if (typeof socket === 'function') return;
  socket.addEventListener('close', ({ code }) => {
    console.log(`the connection was closed (${code})`);
    input.destroy();
  });
}

const operations: Record<string, () => Promise<void>> = {
  async list() {
    await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  },
  async watch() {
    const seen = (type: string, object: { message?: string }): void => {
      ready();
      if (type === 'ERROR') console.log(`${type}: ${object.message}`);
    };
    await new Watch(config).watch(`/api/v1/namespaces/${namespace}/pods`, {}, seen, (error: unknown) => {
      console.log('the watch is done', error);
    });
  },
  async log() {
    await new Log(config).log(namespace, 'busy', 'busy', output, { follow: true });
  },
  async exec() {
    const command = ['sh', '-c', 'echo begun; cat'];
    followClose(await new Exec(config).exec(namespace, 'busy', 'busy', command, output, null, input, false, onStatus));
  },
  async attach() {
    followClose(await new Attach(config).attach(namespace, 'echo', 'echo', output, null, input, false));
    input.write('hello\n');
  },
  async 'port-forward'() {
    followClose(await new PortForward(config).portForward(namespace, 'busy', [8080], output, errors, input));
    // The beginning of a request, for the rest of which the pod waits.
    input.write('GET / HTTP/1.1\r\n');
    ready();
  },
};
await operations[operation]?.();
