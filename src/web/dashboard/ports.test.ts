import { expect, it } from 'vitest';
import { objectSchema } from './kubernetes-object.ts';
import { readPorts } from './ports.ts';

const ports = (kind: string, spec: object) =>
  readPorts(objectSchema.parse({ apiVersion: 'v1', kind, metadata: { name: 'web' }, spec })).map(
    ({ container, name, port, protocol, more }) => [container, name, port, protocol, more],
  );

it("a pod's ports are those of its containers, a Service's say where they lead", () => {
  const containers = [
    {
      name: 'web',
      ports: [
        { name: 'http', containerPort: 80 },
        { containerPort: 53, hostPort: 53, protocol: 'UDP' },
      ],
    },
    { name: 'silent' },
  ];
  expect(ports('Pod', { containers, initContainers: null })).toEqual([
    ['web', 'http', 80, 'TCP', ''],
    ['web', '', 53, 'UDP', 'port 53 of the node'],
  ]);
  expect(ports('Service', { ports: [{ name: 'http', port: 80, targetPort: 'web', nodePort: 30_080 }] })).toEqual([
    [null, 'http', 80, 'TCP', 'to web of its pods, port 30080 of the nodes'],
  ]);
  expect(ports('Service', {})).toEqual([]);
  expect(ports('ConfigMap', { ports: [{ port: 1 }] })).toEqual([]);
});
