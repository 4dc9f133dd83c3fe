import { Group, Text } from '@mantine/core';

/** The portal's sign and name; the sign alone where it is narrow and other things need the room. */
export function Brand({ isShortWhereNarrow = false }) {
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/favicon.svg" alt="" width={22} height={22} />
      <Text fw={700} component="span" {...(isShortWhereNarrow && { visibleFrom: 'xs' })}>
        Curfew
      </Text>
    </Group>
  );
}
