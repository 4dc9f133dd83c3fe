import { Group, Text } from '@mantine/core';

/** The portal's sign and name. */
export function Brand() {
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/favicon.svg" alt="" width={22} height={22} />
      <Text fw={700} component="span">
        Curfew
      </Text>
    </Group>
  );
}
