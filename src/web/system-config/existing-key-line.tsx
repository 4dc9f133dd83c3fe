import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../portal/portal-context.ts';
import { configListQuery } from './config-queries.ts';

const DELAY_MS = 350;
const MAX_SEARCH = 200;

/** Says, while somebody adds a key, that it is stored already, with which value. */
export function ExistingKeyLine({ configKey }: { configKey: string }) {
  const [settled] = useDebouncedValue(configKey, DELAY_MS);
  const search = settled.slice(0, MAX_SEARCH);
  const { data } = useQuery({
    ...configListQuery(useApi(), { search, pageSize: 200 }),
    enabled: settled !== '',
  });
  const row = settled === configKey ? data?.items.find(({ key }) => key === configKey) : undefined;
  return (
    <Text size="sm" role="status">
      {row !== undefined && `This key exists as ${row.type} with the value “${row.value}”; Submit replaces it.`}
    </Text>
  );
}
