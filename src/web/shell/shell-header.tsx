import { ActionIcon, Anchor, Group, Kbd, Menu, Switch, Text, Tooltip } from '@mantine/core';
import { IconCopy, IconDownload, IconKeyboard, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { RefObject } from 'react';
import { ColorSchemeToggle } from '../app/color-scheme-toggle.tsx';
import { KubernetesTimeLeft } from '../session/kubernetes-time-left.tsx';
import classes from './shell-page.module.css';
import { isOver } from './shell-state.ts';
import type { ShellState } from './shell-state.ts';

interface Props {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly cluster: string;
  readonly state: ShellState;
  readonly onSearch: () => void;
  readonly onCopy: () => void;
  readonly onDownload: () => void;
  readonly onScreenReaderMode: (isOn: boolean) => void;
}

const PHASES: Record<ShellState['phase']['name'], string> = {
  opening: 'Opening…',
  running: 'Connected',
  reconnecting: 'Reconnecting…',
  ended: 'Ended',
  exited: 'Exited',
  lost: 'Gone',
  refused: 'Not opened',
};

/** The shell's header: where one is, how it stands, how much time is left, and the terminal's tools. */
export function ShellHeader({ ref, cluster, state, onSearch, onCopy, onDownload, onScreenReaderMode }: Props) {
  return (
    <header className={classes['header']}>
      <Group gap="xs" wrap="nowrap" miw={0}>
        <Anchor component={Link} to="/clusters" underline="never" c="inherit" fw={700}>
          Curfew
        </Anchor>
        <Text component="h1" size="sm" fw={600} truncate>
          Shell on {cluster}
        </Text>
        <Text size="xs" c="dimmed" role="status">
          {PHASES[state.phase.name]}
        </Text>
      </Group>
      <Group gap={4} wrap="nowrap" ref={ref} role="toolbar" aria-label="Terminal tools">
        {state.ending !== null && !isOver(state) && (
          <KubernetesTimeLeft ending={state.ending}>
            <Text size="sm">Anything that you type in the shell moves it.</Text>
          </KubernetesTimeLeft>
        )}
        <Tool label="Search" onClick={onSearch} Icon={IconSearch} />
        <Tool label="Copy the selection" onClick={onCopy} Icon={IconCopy} />
        <Tool label="Download scrollback" onClick={onDownload} Icon={IconDownload} />
        <KeysMenu onScreenReaderMode={onScreenReaderMode} />
        <ColorSchemeToggle />
      </Group>
    </header>
  );
}

function Tool({ label, onClick, Icon }: { label: string; onClick: () => void; Icon: typeof IconCopy }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" c="inherit" aria-label={label} onClick={onClick}>
        <Icon size={18} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

const KEYS = [
  ['C', 'copy the selection'],
  ['V', 'paste'],
  ['F', 'search'],
  ['E', 'leave the terminal, to these tools'],
] as const;

function KeysMenu({ onScreenReaderMode }: { onScreenReaderMode: (isOn: boolean) => void }) {
  const [isOn, setOn] = useState(false);
  return (
    <Menu position="bottom-end" width={320} closeOnItemClick={false}>
      <Menu.Target>
        <Tooltip label="Keys">
          <ActionIcon variant="subtle" color="gray" c="inherit" aria-label="Keys and accessibility">
            <IconKeyboard size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {KEYS.map(([key, does]) => (
          <Menu.Item key={key} leftSection={<Kbd>Ctrl+Shift+{key}</Kbd>}>
            {does}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          component="div"
          onClick={() => {
            setOn(!isOn);
            onScreenReaderMode(!isOn);
          }}
        >
          <Switch label="Screen reader mode" checked={isOn} readOnly tabIndex={-1} />
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
