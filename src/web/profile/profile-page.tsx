import { Divider, Group, Stack, Text, Title } from '@mantine/core';
import { usePageTitle } from '../app/page-title.ts';
import { useOwnSession } from '../session/use-session.ts';
import { ClockTime } from '../words/time-text.tsx';
import { ApiTokenSection } from './api-token-section.tsx';
import { ChangePasswordForm } from './change-password-form.tsx';
import { PermanentTokensSection } from './permanent-tokens-section.tsx';

/** `/profile`: who one is, one's password, and API tokens. */
export function ProfilePage() {
  usePageTitle('Profile');
  const { user, session } = useOwnSession();
  return (
    <Stack gap="lg" maw={560}>
      <Stack gap={4}>
        <Title order={1}>Profile</Title>
        <Group gap="xs">
          <Text fw={600}>{user.username}</Text>
          <Text c="dimmed">
            {user.role}
            {user.readOnly && ', read-only'}
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          Signed in since <ClockTime at={Date.parse(session.startedAt)} />
        </Text>
      </Stack>
      <Divider />
      <ChangePasswordForm />
      <Divider />
      <ApiTokenSection />
      <Divider />
      <PermanentTokensSection />
    </Stack>
  );
}
