import { Button, Drawer, Group, Select, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import {
  NAMESPACE_RULE,
  TENANT_NAME_PATTERN,
  TENANT_NAME_RULE,
  isTenantNamespace,
  namespaceOf,
} from '../../core/tenant.ts';
import { clusterListQuery } from '../clusters/cluster-queries.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { placeRefusal } from '../forms/place-refusal.ts';
import { useDraftedForm } from '../forms/use-drafted-form.ts';
import { useApi } from '../portal/portal-context.ts';
import { useTenantWrites } from './tenant-queries.ts';

interface Values {
  [field: string]: string;
  name: string;
  cluster: string;
  namespace: string;
  bindings: string;
}

const EMPTY: Values = { name: '', cluster: '', namespace: '', bindings: 'managed' };

const BINDINGS = [
  { value: 'managed', label: 'Curfew keeps role bindings in the namespace' },
  { value: 'own', label: 'I bind the groups of the tenant myself' },
];

/** *Add tenant*: slides in from the right. */
export function CreateTenantPane({ onClose }: { onClose: () => void }) {
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title="Add tenant" closeOnClickOutside={false}>
      <CreateTenantForm onClose={onClose} />
    </Drawer>
  );
}

/** What is wrong with each field; nothing where the portal would take it. */
function problemsOf({ name, cluster, namespace }: Values): Record<string, string> {
  return {
    ...(!TENANT_NAME_PATTERN.test(name) && { name: TENANT_NAME_RULE }),
    ...(cluster === '' && { cluster: 'Choose a cluster.' }),
    ...(namespace !== '' && !isTenantNamespace(namespace) && { namespace: NAMESPACE_RULE }),
  };
}

function CreateTenantForm({ onClose }: { onClose: () => void }) {
  const { create } = useTenantWrites();
  const clusters = useQuery(clusterListQuery(useApi()));
  const [refusal, setRefusal] = useState<string | null>(null);
  const { form, forget } = useDraftedForm('create-tenant', { initialValues: EMPTY, validate: problemsOf });

  const submit = async ({ name, cluster, namespace, bindings }: Values): Promise<void> => {
    setRefusal(null);
    form.setSubmitting(true);
    try {
      const kept = bindings === 'own' ? 'own' : 'managed';
      await create({ name, cluster, bindings: kept, ...(namespace !== '' && { namespace }) });
      forget();
      onClose();
    } catch (error) {
      setRefusal(placeRefusal(form, error));
    } finally {
      form.setSubmitting(false);
    }
  };

  return (
    <form onSubmit={form.onSubmit((values) => void submit(values))} autoComplete="off">
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="Lower-case letters, digits and dashes"
          maxLength={40}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Select
          label="Cluster"
          placeholder="Choose one"
          data={(clusters.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          comboboxProps={{ withinPortal: false }}
          allowDeselect={false}
          {...form.getInputProps('cluster')}
        />
        <TextInput
          label="Namespace"
          description="Of that cluster; one tenant has it"
          placeholder={namespaceOf(form.values.name === '' ? 'name' : form.values.name)}
          {...form.getInputProps('namespace')}
        />
        <Select
          label="Rights in the namespace"
          data={BINDINGS}
          comboboxProps={{ withinPortal: false }}
          allowDeselect={false}
          {...form.getInputProps('bindings')}
        />
        <FormAlert>{refusal}</FormAlert>
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => {
              forget();
              onClose();
            }}
          >
            Cancel
          </Button>
          <Button type="submit" loading={form.submitting}>
            Add tenant
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
