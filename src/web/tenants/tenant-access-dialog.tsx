import { Button, Group, Modal, Skeleton, Stack, Switch, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { TenantDetail, TenantView } from '../../wire/tenant.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { AccessChangeDialog } from './access-change-dialog.tsx';
import type { AccessChange } from './access-change-dialog.tsx';
import { tenantQuery, useTenantWrites } from './tenant-queries.ts';

type Entrant = TenantDetail['access'][number];

/** Who may enter a tenant besides the administrators. */
export function TenantAccessDialog({ tenant, onClose }: { tenant: TenantView; onClose: () => void }) {
  const query = useQuery(tenantQuery(useApi(), tenant.id));
  const { giveAccess } = useTenantWrites();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [asking, setAsking] = useState<AccessChange | null>(null);

  const give = async (username: string, readOnly: boolean): Promise<boolean> => {
    setRefusal(null);
    try {
      await giveAccess(tenant.id, username, readOnly);
      return true;
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
      return false;
    }
  };
  /** Asks first, with the present number of sessions. */
  const ask = async (kind: AccessChange['kind'], { username }: Entrant): Promise<void> => {
    const { data } = await query.refetch();
    const entrant = data?.access.find((each) => each.username === username);
    setAsking(entrant === undefined ? null : { kind, tenant, entrant });
  };

  return (
    <>
      <Modal opened onClose={onClose} title={`Access to ${tenant.name}`} size="lg">
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            Administrators enter every tenant. Others enter it once they are named here, and are confined to the
            namespace {tenant.namespace} of {tenant.cluster}.
          </Text>
          {query.isPending && <Skeleton height={72} />}
          {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
          {query.data !== undefined && (
            <EntrantTable
              entrants={query.data.access}
              onReadOnly={(entrant) =>
                void (entrant.readOnly ? give(entrant.username, false) : ask('read-only', entrant))
              }
              onRemove={(entrant) => void ask('remove', entrant)}
            />
          )}
          <AddEntrant onAdd={give} />
          <FormAlert>{refusal}</FormAlert>
        </Stack>
      </Modal>
      {asking !== null && <AccessChangeDialog change={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

interface TableProps {
  readonly entrants: readonly Entrant[];
  readonly onReadOnly: (entrant: Entrant) => void;
  readonly onRemove: (entrant: Entrant) => void;
}

function EntrantTable({ entrants, onReadOnly, onRemove }: TableProps) {
  if (entrants.length === 0) return <Text size="sm">Nobody else may enter yet. Add a user below.</Text>;
  return (
    <Table aria-label="Access">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Who</Table.Th>
          <Table.Th>Read-only</Table.Th>
          <Table.Th w={100}>Action</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entrants.map((entrant) => (
          <Table.Tr key={entrant.username}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{entrant.username}</Table.Td>
            <Table.Td>
              <Switch
                aria-label={`${entrant.username} is read-only`}
                checked={entrant.readOnly}
                onChange={() => onReadOnly(entrant)}
              />
            </Table.Td>
            <Table.Td>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => onRemove(entrant)}
                aria-label={`Remove ${entrant.username}`}
              >
                Remove
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function AddEntrant({ onAdd }: { onAdd: (username: string, readOnly: boolean) => Promise<boolean> }) {
  const [username, setUsername] = useState('');
  const [readOnly, setReadOnly] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const add = async (): Promise<void> => {
    setBusy(true);
    if (await onAdd(username.trim(), readOnly)) setUsername('');
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        void add();
      }}
    >
      <Group gap="sm" align="flex-end">
        <TextInput
          label="Username"
          required
          withAsterisk={false}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <Switch
          label="Read-only"
          mb={8}
          checked={readOnly}
          onChange={(event) => setReadOnly(event.currentTarget.checked)}
        />
        <Button type="submit" loading={isBusy}>
          Give access
        </Button>
      </Group>
    </form>
  );
}
