import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { count } from '../words/duration.ts';
import { pastedLines } from './pasted-text.ts';
import classes from './shell-page.module.css';

interface Props {
  readonly text: string;
  readonly onClose: (isConfirmed: boolean) => void;
}

/** Shows what would be pasted, since every line that ends may run at once. */
export function PasteDialog({ text, onClose }: Props) {
  const lines = pastedLines(text).filter((line, index, all) => line !== '' || index < all.length - 1);
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      title={`Paste ${count(lines.length, 'line')}?`}
      size="lg"
      returnFocus={false}
      transitionProps={{ duration: 0 }}
    >
      <Stack gap="sm">
        <Text size="sm">Each line may run as soon as it is pasted.</Text>
        <Code block className={classes['lines'] ?? ''} tabIndex={0}>
          {lines.join('\n')}
        </Code>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onClose(false)}>
            Cancel
          </Button>
          <Button onClick={() => onClose(true)} data-autofocus>
            Paste
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
