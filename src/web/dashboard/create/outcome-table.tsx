import { Badge, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Outcome } from './creation.ts';
import type { NewDocument } from './documents.ts';

interface Props {
  readonly documents: readonly NewDocument[];
  /** Of each, in the same order. */
  readonly outcomes: readonly Outcome[];
}

const LABELS: Record<Outcome['state'], string> = {
  fine: 'Would be created',
  later: 'Needs what comes before it',
  refused: 'Refused',
  created: 'Created',
};

export function OutcomeTable({ documents, outcomes }: Props) {
  return (
    <Table verticalSpacing={4} layout="fixed" style={{ overflowWrap: 'anywhere' }}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="30%">Document</Table.Th>
          <Table.Th w="30%">Namespace</Table.Th>
          <Table.Th>Result</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {documents.map((document, index) => {
          const outcome = outcomes[index] ?? { state: 'fine' };
          return (
            // Two documents may be the same; their order does not change.
            // oxlint-disable-next-line react/no-array-index-key
            <Table.Tr key={index}>
              <Table.Td>
                <Named document={document} outcome={outcome} />
              </Table.Td>
              <Table.Td>{document.problem === null && document.namespace}</Table.Td>
              <Table.Td>
                <Badge maw="100%" variant="default" tt="none">
                  {LABELS[outcome.state]}
                </Badge>
                {outcome.state === 'refused' && ` ${outcome.message}`}
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

/** What a document is called; once it was created, a link to it. */
function Named({ document, outcome }: { document: NewDocument; outcome: Outcome }) {
  if (document.problem !== null || outcome.state !== 'created') return document.words;
  const { type, namespace } = document;
  return (
    <Link
      to="/clusters/$cluster/dashboard"
      from="/clusters/$cluster/dashboard"
      search={({ tenant }) => ({
        ...{ tenant, kind: type.key, name: outcome.name },
        of: namespace ?? undefined,
      })}
    >
      {type.kind} {outcome.name}
    </Link>
  );
}
