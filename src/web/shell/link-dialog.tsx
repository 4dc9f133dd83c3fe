import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { openLink } from './terminal-view.ts';

/** Shows where a link of a program's output really goes, before it is followed. */
export function LinkDialog({ address, onClose }: { address: string; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Open this link?" returnFocus={false}>
      <Stack gap="sm">
        <Text size="sm">A program in the shell made this link. It goes to:</Text>
        <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
          {address}
        </Code>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            onClick={() => {
              openLink(address);
              onClose();
            }}
          >
            Open
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
