import { Button, Checkbox, Group, NumberInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { MOST_API_TOKEN_DAYS } from '../../core/access.ts';
import type { MadeToken } from '../../wire/api-token.ts';
import { FormAlert } from '../forms/form-alert.tsx';
import { useSubmission } from '../forms/use-submission.ts';
import { useTokenWrites } from './token-queries.ts';

interface Props {
  readonly username: string;
  readonly onMade: (made: MadeToken) => void;
  readonly onClose: () => void;
}

/** Asks for what a permanent API token is made with. */
export function MakeTokenForm({ username, onMade, onClose }: Props) {
  const { make } = useTokenWrites(username);
  const [name, setName] = useState('');
  const [days, setDays] = useState<number | string>(90);
  const [kubernetes, setKubernetes] = useState(false);
  const { refusal, isBusy, submit } = useSubmission(async () =>
    onMade(await make({ name, days: Number(days), kubernetes })),
  );
  return (
    <form onSubmit={submit} aria-label="Make an API token">
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="What it is for, such as nightly-build"
          required
          withAsterisk={false}
          maxLength={64}
          autoComplete="off"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          label="Expires after days"
          description={`1 to ${MOST_API_TOKEN_DAYS}`}
          min={1}
          max={MOST_API_TOKEN_DAYS}
          allowDecimal={false}
          value={days}
          onChange={setDays}
        />
        <Checkbox
          label="May open Kubernetes sessions"
          checked={kubernetes}
          onChange={(event) => setKubernetes(event.currentTarget.checked)}
        />
        <FormAlert>{refusal}</FormAlert>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy}>
            Make token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
