import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconColumns } from '@tabler/icons-react';
import { shownColumns } from './table.ts';
import type { TableColumn } from './table.ts';

interface Props {
  readonly columns: readonly TableColumn[];
  readonly chosen: readonly string[] | undefined;
  readonly onChange: (chosen: string[] | undefined) => void;
}

/** Chooses which columns a list shows, those that the API server keeps for wide views included. The name stays. */
export function ColumnMenu({ columns, chosen, onChange }: Props) {
  const shown = new Set(shownColumns(columns, chosen).map(({ name }) => name));
  return (
    <Popover position="bottom-end" trapFocus>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<IconColumns size={14} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown mah="60vh" style={{ overflow: 'auto' }}>
        <Stack gap="xs" role="group" aria-label="Columns">
          {columns.slice(1).map(({ name, description }) => (
            <Checkbox
              key={name}
              size="xs"
              label={name}
              title={description}
              checked={shown.has(name)}
              onChange={({ currentTarget: { checked } }) =>
                onChange(
                  columns.flatMap((each) => ((each.name === name ? checked : shown.has(each.name)) ? [each.name] : [])),
                )
              }
            />
          ))}
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={chosen === undefined}
            onClick={() => onChange(undefined)}
          >
            As the cluster has them
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
