import { Button, Divider, Group, Stack, Switch, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { FormAlert } from '../forms/form-alert.tsx';
import { placeRefusal } from '../forms/place-refusal.ts';
import { useDraftedForm } from '../forms/use-drafted-form.ts';
import { useUpstreamDashboardWrites } from './upstream-queries.ts';

interface Values {
  [field: string]: string | boolean;
  name: string;
  hostname: string;
  upstream: string;
  passesCredential: boolean;
}

const EMPTY: Values = { name: '', hostname: '', upstream: '', passesCredential: false };

const CREDENTIAL =
  'Requests carry “Authorization: Bearer” with a credential of the user’s Kubernetes session, valid at Curfew’s gateway only and over with the session';

/**
 * Adds a dashboard to a cluster, and is empty again then.
 *
 * @param cluster its id
 */
export function RegisterForm({ cluster }: { cluster: string }) {
  const { register } = useUpstreamDashboardWrites();
  const [refusal, setRefusal] = useState<string | null>(null);
  const { form, forget } = useDraftedForm(`add-upstream-dashboard:${cluster}`, { initialValues: EMPTY });

  const submit = async ({ name, hostname, upstream, passesCredential }: Values): Promise<void> => {
    setRefusal(null);
    form.setSubmitting(true);
    try {
      const trimmed = { name: name.trim(), hostname: hostname.trim(), upstream: upstream.trim() };
      await register({ ...trimmed, cluster, passesCredential });
      form.setValues(EMPTY);
      forget();
    } catch (error) {
      setRefusal(placeRefusal(form, error));
    } finally {
      form.setSubmitting(false);
    }
  };

  const text = (field: string) => ({
    required: true,
    withAsterisk: false,
    spellCheck: false,
    ...form.getInputProps(field),
  });
  return (
    <form onSubmit={form.onSubmit((values) => void submit(values))} autoComplete="off">
      <Stack gap="sm">
        <Divider />
        <Title order={3} size="h5">
          Add a dashboard
        </Title>
        <TextInput label="Name" description="What people call it, such as Headlamp" maxLength={40} {...text('name')} />
        <TextInput
          label="Hostname"
          description="Its own, which leads to Curfew like that of the portal: headlamp.curfew.example"
          autoCapitalize="none"
          {...text('hostname')}
        />
        <TextInput
          label="Upstream URL"
          description="Where Curfew finds it: https://headlamp.tools.svc:443"
          autoCapitalize="none"
          inputMode="url"
          {...text('upstream')}
        />
        <Switch
          label="Give it a credential for the cluster"
          description={CREDENTIAL}
          {...form.getInputProps('passesCredential', { type: 'checkbox' })}
        />
        <FormAlert>{refusal}</FormAlert>
        <Group justify="flex-end">
          <Button type="submit" loading={form.submitting}>
            Add dashboard
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
