import { NavLink, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import classes from './dashboard.module.css';
import { inSections, searchTypes } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';

interface Props {
  readonly types: readonly ResourceType[];
  /** Versions of the API that did not answer. */
  readonly missing: readonly string[];
  /** The key of the type that is shown. */
  readonly current: string;
  /** Whether it is shown on small screens. */
  readonly isOpen: boolean;
  readonly onChosen: (type: ResourceType) => void;
}

/** Everything that the API server has, by section, with a search. */
export function ResourceSidebar({ types, missing, current, isOpen, onChosen }: Props) {
  const [search, setSearch] = useState('');
  const found = searchTypes(types, search);
  const [first] = found;
  const choose = (type: ResourceType): void => {
    setSearch('');
    onChosen(type);
  };
  const link = (type: ResourceType) => (
    <NavLink
      key={type.key}
      component="button"
      type="button"
      label={type.kind}
      description={search === '' || type.group === '' ? undefined : type.group}
      active={type.key === current}
      aria-current={type.key === current ? 'page' : undefined}
      py={3}
      onClick={() => choose(type)}
    />
  );
  return (
    <nav className={classes['sidebar']} aria-label="Kinds" data-open={isOpen || undefined}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (search !== '' && first !== undefined) choose(first);
        }}
      >
        <TextInput
          size="xs"
          aria-label="Search kinds"
          placeholder="Search kinds"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setSearch('');
          }}
        />
      </form>
      {search === ''
        ? inSections(types).map(([section, each]) => (
            <section key={section} aria-label={section}>
              <Text size="xs" c="dimmed" fw={600} px="xs" pt="sm" style={{ overflowWrap: 'anywhere' }}>
                {section}
              </Text>
              {each.map(link)}
            </section>
          ))
        : found.map(link)}
      {found.length === 0 && (
        <Text size="sm" p="xs" role="status">
          {search === '' ? 'There is no kind here that can be listed.' : `No kind matches “${search}”.`}
        </Text>
      )}
      {missing.length > 0 && (
        <Text size="xs" c="dimmed" p="xs">
          Did not answer: {missing.join(', ')}.
        </Text>
      )}
    </nav>
  );
}
