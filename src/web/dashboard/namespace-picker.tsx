import { Autocomplete } from '@mantine/core';
import { IconBox } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { readTable } from './table.ts';
import type { Dashboard } from './use-dashboard.ts';

interface Props {
  readonly dashboard: Pick<Dashboard, 'api' | 'sessionId'>;
  readonly value: string | undefined;
  readonly onChange: (next: string | undefined) => void;
  /** What none means. */
  readonly none: string;
}

/** Chooses a namespace; whoever may not list them types one. */
export function NamespacePicker({ dashboard: { api, sessionId }, value = '', onChange, none }: Props) {
  const { data = [] } = useQuery({
    queryKey: ['dashboard', sessionId, 'namespaces'],
    queryFn: async ({ signal }) => {
      const path = '/api/v1/namespaces?includeObject=Metadata';
      return readTable(await api.json({ path, as: 'table', signal })).rows.map(({ name }) => name);
    },
    retry: false,
    gcTime: 0,
  });
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  const commit = (next: string): void => {
    if (next.trim() !== value) onChange(next.trim() || undefined);
  };
  return (
    <Autocomplete
      size="xs"
      aria-label="Namespace"
      placeholder={none}
      leftSection={<IconBox size={14} aria-hidden />}
      data={data}
      limit={200}
      clearable
      value={typed}
      onChange={(next) => {
        setTyped(next);
        if (next === '') commit('');
      }}
      onOptionSubmit={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(event.currentTarget.value);
      }}
      onBlur={() => commit(typed)}
    />
  );
}
