import { ActionIcon, CloseButton, Group, Text, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useState } from 'react';
import classes from './shell-page.module.css';
import type { TerminalView } from './terminal-view.ts';

/** Finds text in the scrollback. Enter goes on, Shift+Enter back, Escape closes. */
export function SearchBar({ view, onClose }: { view: TerminalView; onClose: () => void }) {
  const [text, setText] = useState('');
  const [isFound, setFound] = useState(true);
  const find = (direction: 'next' | 'previous', what = text): void => setFound(view.find(what, direction));
  return (
    <Group className={classes['banner'] ?? ''} gap="xs" role="search">
      <TextInput
        size="xs"
        aria-label="Search the scrollback"
        placeholder="Search"
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          find('previous', event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
          if (event.key === 'Enter') find(event.shiftKey ? 'previous' : 'next');
        }}
      />
      <ActionIcon variant="default" aria-label="Previous match" onClick={() => find('previous')}>
        <IconChevronUp size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon variant="default" aria-label="Next match" onClick={() => find('next')}>
        <IconChevronDown size={16} aria-hidden />
      </ActionIcon>
      <Text size="sm" role="status">
        {isFound ? '' : 'No match'}
      </Text>
      <CloseButton size="sm" ml="auto" aria-label="Close the search" onClick={onClose} />
    </Group>
  );
}
