import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { MessagePage } from './message-page.tsx';

/** The same page for what does not exist and for what is not allowed, so that it tells nobody which. */
export function NotFoundPage() {
  return (
    <MessagePage title="Not found">
      <Text>There is no such page, or you are not allowed to see it.</Text>
      <Anchor component={Link} to="/clusters">
        Go to the clusters
      </Anchor>
    </MessagePage>
  );
}
