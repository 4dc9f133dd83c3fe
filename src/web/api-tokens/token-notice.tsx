import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../portal/portal-context.ts';
import { count } from '../words/duration.ts';
import { RelativeTime } from '../words/time-text.tsx';
import { tokenNoticesQuery } from './token-queries.ts';

/** Tells of permanent API tokens that expire soon: a user of the own ones, administrators of all. */
export function TokenNotice() {
  const { data } = useQuery(tokenNoticesQuery(useApi()));
  const [isDismissed, setDismissed] = useState(false);
  const [first] = data?.items ?? [];
  if (data === undefined || first === undefined || isDismissed) return null;
  return (
    <Alert
      color="yellow"
      icon={<IconAlertTriangle aria-hidden />}
      mb="md"
      p="xs"
      role="group"
      aria-label="API tokens that expire soon"
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={() => setDismissed(true)}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {data.items.length === 1
          ? 'An API token expires soon: '
          : `${count(data.items.length, 'API token')} expire soon. First: `}
        {first.name} of {first.username}, <RelativeTime at={first.expiresAt} />.
      </Text>
    </Alert>
  );
}
