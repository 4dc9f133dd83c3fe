import { Button, Code, Text } from '@mantine/core';
import { sentenceOf } from '../api/api-error.ts';
import { MessagePage } from './message-page.tsx';

/** What stands in place of a page that broke. A bug of ours: says so, and what helps. */
export function ErrorPage({ error }: { error: unknown }) {
  return (
    <MessagePage title="This page has an error">
      <Text>The page could not be shown. Reload it; if it happens again, report the line below.</Text>
      <Code block>{sentenceOf(error)}</Code>
      <Button w="fit-content" onClick={() => globalThis.location.reload()}>
        Reload
      </Button>
    </MessagePage>
  );
}
