import { Button, Group, Modal, Select, Skeleton, Stack, Switch, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { UserView } from '../../wire/user.ts';
import { CancelledError, sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { useSubmission } from '../forms/use-submission.ts';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { AccessChangeDialog } from '../tenants/access-change-dialog.tsx';
import type { AccessChange } from '../tenants/access-change-dialog.tsx';
import { tenantListQuery, tenantQuery, useTenantWrites } from '../tenants/tenant-queries.ts';

type Tenant = NonNullable<UserView['tenants']>[number];

interface Props {
  readonly user: UserView;
  readonly onClose: () => void;
}

/** Which tenants a user may enter: given and taken. */
export function UserTenantsDialog({ user, onClose }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const { giveAccess } = useTenantWrites();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [asking, setAsking] = useState<AccessChange | null>(null);
  const { username, tenants = [] } = user;

  const attempt = async (run: () => Promise<void>): Promise<void> => {
    setRefusal(null);
    try {
      await run();
    } catch (error) {
      if (!(error instanceof CancelledError)) setRefusal(sentenceOf(error));
    }
  };
  /** Asks first, with the present number of sessions. */
  const ask = (kind: AccessChange['kind'], tenant: Tenant) =>
    attempt(async () => {
      const { access } = await queries.fetchQuery({ ...tenantQuery(api, tenant.id), staleTime: 0 });
      const entrant = access.find((each) => each.username === username);
      setAsking(entrant === undefined ? null : { kind, tenant, entrant });
    });

  return (
    <>
      <Modal opened onClose={onClose} title={`Tenants of ${username}`} size="lg">
        <Stack gap="md">
          {user.role === 'Administrator' ? (
            <Text size="sm">Administrators enter every tenant.</Text>
          ) : (
            <>
              <TenantTable
                tenants={tenants}
                onReadOnly={(tenant) =>
                  void (tenant.readOnly
                    ? attempt(() => giveAccess(tenant.id, username, false))
                    : ask('read-only', tenant))
                }
                onRemove={(tenant) => void ask('remove', tenant)}
              />
              <FormAlert>{refusal}</FormAlert>
              <GiveTenant username={username} tenants={tenants} />
            </>
          )}
        </Stack>
      </Modal>
      {asking !== null && <AccessChangeDialog change={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

interface TableProps {
  readonly tenants: readonly Tenant[];
  readonly onReadOnly: (tenant: Tenant) => void;
  readonly onRemove: (tenant: Tenant) => void;
}

function TenantTable({ tenants, onReadOnly, onRemove }: TableProps) {
  if (tenants.length === 0) return <Text size="sm">The user may enter no tenant yet. Give one below.</Text>;
  return (
    <Table aria-label="Tenants">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Tenant</Table.Th>
          <Table.Th>Read-only</Table.Th>
          <Table.Th w={100}>Action</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tenants.map((tenant) => (
          <Table.Tr key={tenant.id}>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>{tenant.name}</Table.Td>
            <Table.Td>
              <Switch
                aria-label={`Read-only in ${tenant.name}`}
                checked={tenant.readOnly}
                onChange={() => onReadOnly(tenant)}
              />
            </Table.Td>
            <Table.Td>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => onRemove(tenant)}
                aria-label={`Remove ${tenant.name}`}
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

/** Gives one of the tenants that the user may not enter yet. */
function GiveTenant({ username, tenants }: { username: string; tenants: readonly Tenant[] }) {
  const query = useQuery(tenantListQuery(useApi()));
  const { giveAccess } = useTenantWrites();
  const [chosen, setChosen] = useState<string | null>(null);
  const [readOnly, setReadOnly] = useState(false);
  const { refusal, isBusy, submit } = useSubmission(async () => {
    if (chosen === null) return;
    await giveAccess(chosen, username, readOnly);
    setChosen(null);
  });
  if (query.isPending) return <Skeleton height={60} />;
  if (query.isError) return <LoadError error={query.error} onRetry={() => void query.refetch()} />;
  const others = query.data.items.filter(({ id }) => tenants.every((tenant) => tenant.id !== id));
  return (
    <form onSubmit={submit}>
      <Group gap="sm" align="flex-end">
        <Select
          label="Tenant"
          placeholder={others.length === 0 ? 'There is no other one' : 'Choose one'}
          data={others.map(({ id, name }) => ({ value: id, label: name }))}
          searchable
          disabled={others.length === 0}
          value={chosen}
          onChange={setChosen}
        />
        <Switch
          label="Read-only"
          mb={8}
          checked={readOnly}
          onChange={(event) => setReadOnly(event.currentTarget.checked)}
        />
        <Button type="submit" loading={isBusy} disabled={chosen === null}>
          Give access
        </Button>
      </Group>
      <FormAlert>{refusal}</FormAlert>
    </form>
  );
}
