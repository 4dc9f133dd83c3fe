import { Box, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Brand } from './brand.tsx';
import { usePageTitle } from './page-title.ts';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

/** A page that only says something, within the portal's frame. */
export function MessagePage({ title, children }: Props) {
  usePageTitle(title);
  return (
    <Stack maw={560} gap="sm" py="xl">
      <Title order={1}>{title}</Title>
      {children}
    </Stack>
  );
}

/** A page that stands alone, in the middle of the window. */
export function LonePage({ title, children }: Props) {
  usePageTitle(title);
  return (
    <Box component="main" mih="100dvh" p="md" style={{ display: 'grid', placeItems: 'center' }}>
      <Stack w="100%" maw={420} gap="md">
        <Brand />
        <Title order={1}>{title}</Title>
        {children}
      </Stack>
    </Box>
  );
}
