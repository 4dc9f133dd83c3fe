import { Button, Group, Modal, SegmentedControl, Select, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SubmitEvent } from 'react';
import type { z } from 'zod';
import { ROLES } from '../../core/user.ts';
import { grantListSchema } from '../../wire/cluster.ts';
import type { ClusterView, GrantListItem, grantSchema } from '../../wire/cluster.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { FormAlert } from '../forms/form-alert.tsx';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { useConfirmed } from '../session/password-prompt.tsx';
import { count } from '../words/duration.ts';

type Grant = z.infer<typeof grantSchema>;

interface Props {
  readonly cluster: ClusterView;
  readonly onClose: () => void;
}

/** Who reaches a cluster besides the administrators. */
export function AccessDialog({ cluster, onClose }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const confirmed = useConfirmed();
  const [refusal, setRefusal] = useState<string | null>(null);
  const path = `/api/clusters/${encodeURIComponent(cluster.id)}/grants`;
  const queryKey = ['grants', cluster.id];
  const query = useQuery({ queryKey, queryFn: ({ signal }) => api.read(path, grantListSchema, { signal }) });

  const [removing, setRemoving] = useState<GrantListItem | null>(null);

  const write = async (method: 'PUT' | 'DELETE', { kind, subject }: Grant): Promise<void> => {
    await confirmed(() => api.write({ method, path: `${path}/${kind}/${encodeURIComponent(subject)}`, schema: null }));
    await queries.invalidateQueries({ queryKey });
  };
  const add = async (grant: Grant): Promise<boolean> => {
    setRefusal(null);
    try {
      await write('PUT', grant);
      return true;
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
      return false;
    }
  };

  /** Asks first, with the present number of sessions. */
  const remove = async ({ kind, subject }: Grant): Promise<void> => {
    const { data } = await query.refetch();
    setRemoving(data?.items.find((grant) => grant.kind === kind && grant.subject === subject) ?? null);
  };

  return (
    <>
      <Modal opened onClose={onClose} title={`Access to ${cluster.name}`} size="lg">
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            Administrators reach every cluster. Others reach it with a grant; what they may do there is decided by the
            cluster&apos;s own RBAC.
          </Text>
          {query.isPending && <Skeleton height={72} />}
          {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
          {query.data !== undefined && (
            <GrantTable grants={query.data.items} onRemove={(grant) => void remove(grant)} />
          )}
          <AddGrant onAdd={add} />
          <FormAlert>{refusal}</FormAlert>
        </Stack>
      </Modal>
      {removing !== null && (
        <ConfirmDialog
          title="Remove access"
          action="Remove"
          run={() => write('DELETE', removing)}
          onClose={() => setRemoving(null)}
        >
          <Text>{describeRemoval(removing, cluster.name)}</Text>
        </ConfirmDialog>
      )}
    </>
  );
}

/** Whom it hits, and how many live sessions end. */
export function describeRemoval({ kind, subject, ending }: GrantListItem, cluster: string): string {
  const who = kind === 'user' ? subject : `everybody with the role ${subject}`;
  const ends =
    ending === 0
      ? 'No live session ends by it.'
      : `${count(ending, 'live Kubernetes session')} there ${ending === 1 ? 'ends' : 'end'} at once.`;
  return `Take access to ${cluster} away from ${who}? ${ends}`;
}

function GrantTable({ grants, onRemove }: { grants: readonly Grant[]; onRemove: (grant: Grant) => void }) {
  if (grants.length === 0) return <Text size="sm">Nobody else has access yet. Add a user or a role below.</Text>;
  return (
    <Table aria-label="Grants">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Kind</Table.Th>
          <Table.Th>Who</Table.Th>
          <Table.Th w={100}>Action</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {grants.map((grant) => (
          <Table.Tr key={`${grant.kind}:${grant.subject}`}>
            <Table.Td>{grant.kind === 'user' ? 'User' : 'Role'}</Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{grant.subject}</Table.Td>
            <Table.Td>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => onRemove(grant)}
                aria-label={`Remove ${grant.kind} ${grant.subject}`}
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

function AddGrant({ onAdd }: { onAdd: (grant: Grant) => Promise<boolean> }) {
  const [kind, setKind] = useState<Grant['kind']>('user');
  const [username, setUsername] = useState('');
  const [role, setRole] = useState<string>('User');
  const [isBusy, setBusy] = useState(false);
  const add = async (): Promise<void> => {
    setBusy(true);
    if (await onAdd({ kind, subject: kind === 'user' ? username.trim() : role })) setUsername('');
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        void add();
      }}
    >
      <Group gap="xs" align="flex-end">
        <SegmentedControl
          aria-label="Grant to"
          data={[
            { value: 'user', label: 'User' },
            { value: 'role', label: 'Role' },
          ]}
          value={kind}
          onChange={(value) => setKind(value === 'role' ? 'role' : 'user')}
        />
        {kind === 'user' ? (
          <TextInput
            label="Username"
            required
            withAsterisk={false}
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
        ) : (
          <Select
            label="Role"
            data={[...ROLES]}
            allowDeselect={false}
            value={role}
            onChange={(value) => setRole(value ?? role)}
          />
        )}
        <Button type="submit" loading={isBusy}>
          Grant access
        </Button>
      </Group>
    </form>
  );
}
