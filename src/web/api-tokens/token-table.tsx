import { Button, Table, Text } from '@mantine/core';
import type { PermanentTokenView } from '../../wire/api-token.ts';
import { RelativeTime } from '../words/time-text.tsx';

interface Props {
  readonly tokens: readonly PermanentTokenView[];
  readonly onRevoke: (token: PermanentTokenView) => void;
}

/** Live permanent API tokens, first what expires first. */
export function TokenTable({ tokens, onRevoke }: Props) {
  if (tokens.length === 0) return <Text size="sm">There are no API tokens yet.</Text>;
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table aria-label="API tokens">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Kubernetes</Table.Th>
            <Table.Th>Expires</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th w={100}>Action</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>{token.name}</Table.Td>
              <Table.Td>{token.kubernetes ? 'yes' : 'no'}</Table.Td>
              <Table.Td>
                <RelativeTime at={token.expiresAt} />
              </Table.Td>
              <Table.Td>{token.lastUsedAt === null ? 'never' : <RelativeTime at={token.lastUsedAt} />}</Table.Td>
              <Table.Td>
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => onRevoke(token)}
                  aria-label={`Revoke ${token.name}`}
                >
                  Revoke
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
