import { Button, Divider, Group, Modal, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { describeMinutes, describeScope } from '../../core/explain.ts';
import { scopeLimitListSchema, scopeLimitSchema } from '../../wire/scope-limit.ts';
import type { ScopeLimitView } from '../../wire/scope-limit.ts';
import { useSubmission } from '../forms/use-submission.ts';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { minutesOf, readingOf } from '../system-config/config-form.ts';
import { PreviewLine } from '../system-config/preview-line.tsx';

interface Props {
  readonly of: 'cluster' | 'tenant';
  readonly target: { readonly id: string; readonly name: string };
  readonly onClose: () => void;
}

/** The limits of one cluster or one tenant, beside those of System Config: the strictest holds. */
export function LimitsDialog({ of, target, onClose }: Props) {
  const api = useApi();
  const queries = useQueryClient();
  const path = `/api/${of}s/${encodeURIComponent(target.id)}/limits`;
  const queryKey = ['limits', path];
  const query = useQuery({ queryKey, queryFn: ({ signal }) => api.read(path, scopeLimitListSchema, { signal }) });
  const write = async (key: string, value: string | null): Promise<void> => {
    const request = value === null ? { method: 'DELETE' as const } : { method: 'PUT' as const, body: { value } };
    await api.write({ ...request, path: `${path}/${key}`, schema: scopeLimitSchema });
    // What is seen of a limit, and how many it would end, is another now.
    await Promise.all([queries.invalidateQueries({ queryKey }), queries.invalidateQueries({ queryKey: ['clusters'] })]);
  };
  return (
    <Modal opened onClose={onClose} title={`Limits of ${target.name}`} size="lg">
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {`They are for the Kubernetes sessions of this ${of} and stand beside those of the system: the strictest one holds. A stricter limit acts at once, a looser one on sessions that start later.`}
        </Text>
        {query.isPending && <Skeleton height={180} />}
        {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
        {query.data?.items.map((limit) => (
          <LimitForm
            key={`${limit.key} ${limit.value}`}
            of={of}
            limit={limit}
            path={path}
            onWrite={(value) => write(limit.key, value)}
          />
        ))}
      </Stack>
    </Modal>
  );
}

interface FormProps {
  readonly of: Props['of'];
  readonly limit: ScopeLimitView;
  readonly path: string;
  /** @param value null removes the limit */
  readonly onWrite: (value: string | null) => Promise<void>;
}

function LimitForm({ of, limit, path, onWrite }: FormProps) {
  const { key, label, allowed, note } = limit;
  const stored = limit.value === null ? '' : `${limit.value}`;
  const [value, setValue] = useState(stored);
  const set = useSubmission(() => onWrite(value.trim()));
  const remove = useSubmission(() => onWrite(null));
  const reading = readingOf(key, value);
  const isChanged = value !== stored;
  return (
    <form onSubmit={set.submit}>
      <Stack gap={6}>
        <Divider />
        <Title order={3} size="h5">
          {label}
        </Title>
        <Text size="sm">{describeHolds(limit)}</Text>
        <Group gap="xs" align="flex-end">
          <TextInput
            style={{ flex: '1 1 14rem' }}
            label={`${label} of this ${of} (min)`}
            description={`${allowed.charAt(0).toUpperCase()}${allowed.slice(1)}`}
            placeholder="Not set"
            inputMode="numeric"
            autoComplete="off"
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            rightSection={
              reading === '' ? null : (
                <Text size="sm" c="dimmed" component="span" style={{ whiteSpace: 'nowrap' }}>
                  {reading}
                </Text>
              )
            }
            rightSectionWidth={reading === '' ? 0 : `${reading.length + 2}ch`}
            error={set.refusal ?? remove.refusal}
          />
          <Button type="submit" loading={set.isBusy} disabled={!isChanged} aria-label={`Set ${label}`}>
            Set
          </Button>
          <Button
            variant="default"
            loading={remove.isBusy}
            disabled={limit.value === null}
            onClick={remove.run}
            aria-label={`Remove ${label}`}
          >
            Remove
          </Button>
        </Group>
        {isChanged && minutesOf(key, value) !== null ? (
          <PreviewLine catalogueKey={key} value={value} path={path} />
        ) : (
          <Text size="sm" c="dimmed" mih="1.5em">
            {note}
          </Text>
        )}
      </Stack>
    </form>
  );
}

/** Which limit holds for sessions that start there now, and whose it is. */
export function describeHolds({ holds }: Pick<ScopeLimitView, 'holds'>): string {
  if (holds === null) return 'Now off for sessions that start here.';
  return `Now ${describeMinutes(holds.value)} for sessions that start here: the limit of ${describeScope(holds.scope)}.`;
}
