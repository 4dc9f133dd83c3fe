import { Table, Title } from '@mantine/core';
import type { KubernetesObject } from './kubernetes-object.ts';
import { readPorts } from './ports.ts';

export function ObjectPorts({ object }: { object: KubernetesObject }) {
  const ports = readPorts(object);
  if (ports.length === 0) return null;
  const isPod = object.kind === 'Pod';
  return (
    <section aria-labelledby="ports">
      <Title order={2} size="h5" id="ports">
        Ports
      </Title>
      <Table verticalSpacing={4} style={{ overflowWrap: 'anywhere' }}>
        <Table.Thead>
          <Table.Tr>
            {isPod && <Table.Th>Container</Table.Th>}
            <Table.Th>Name</Table.Th>
            <Table.Th>Port</Table.Th>
            <Table.Th>Protocol</Table.Th>
            <Table.Th>{isPod ? 'Also' : 'Leads'}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ports.map(({ key, container, name, port, protocol, more }) => (
            <Table.Tr key={key}>
              {isPod && <Table.Td>{container}</Table.Td>}
              <Table.Td>{name}</Table.Td>
              <Table.Td>{port}</Table.Td>
              <Table.Td>{protocol}</Table.Td>
              <Table.Td>{more}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}
