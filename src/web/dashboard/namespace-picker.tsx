import { Autocomplete } from '@mantine/core';
import { IconBox } from '@tabler/icons-react';
import { useState } from 'react';
import type { Dashboard } from './use-dashboard.ts';
import { useNamespaces } from './use-namespaces.ts';

interface Props {
  readonly dashboard: Pick<Dashboard, 'api' | 'sessionId'>;
  readonly value: string | undefined;
  readonly onChange: (next: string | undefined) => void;
  /** What none means. */
  readonly none: string;
}

/** Chooses a namespace; whoever may not list them types one. */
export function NamespacePicker({ dashboard, value = '', onChange, none }: Props) {
  const namespaces = useNamespaces(dashboard);
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
      data={namespaces}
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
