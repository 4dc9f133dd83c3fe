import '@mantine/spotlight/styles.css';
import { Button, Kbd } from '@mantine/core';
import { Spotlight, createSpotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { findEntries } from './palette-entries.ts';
import type { PaletteSource } from './palette-entries.ts';

const PLACEHOLDER = 'Kinds, names, namespaces, actions';

/** A button, and Ctrl+K from anywhere, that lead to whatever the page has. */
export function Palette({ sources }: { sources: ReadonlySet<PaletteSource> }) {
  // Its own: what is open closes with the dashboard.
  const [[store, { open }]] = useState(createSpotlight);
  const [query, setQuery] = useState('');
  const [isChosen, setChosen] = useState(false);
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={open}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={<Kbd size="xs">Ctrl K</Kbd>}
        visibleFrom="sm"
      >
        Go to
      </Button>
      <Spotlight.Root
        store={store}
        query={query}
        onQueryChange={setQuery}
        shortcut="mod + K"
        tagsToIgnore={[]}
        triggerOnContentEditable
        // What was chosen may be a dialog, which has the focus then.
        returnFocus={!isChosen}
        onSpotlightOpen={() => setChosen(false)}
        scrollable
        maxHeight="60vh"
        title="Go to"
        transitionProps={{ duration: 0 }}
      >
        <Spotlight.Search
          aria-label="Go to"
          placeholder={PLACEHOLDER}
          leftSection={<IconSearch size={18} aria-hidden />}
        />
        <Spotlight.ActionsList>
          <Entries sources={sources} query={query} onChosen={() => setChosen(true)} />
        </Spotlight.ActionsList>
      </Spotlight.Root>
    </>
  );
}

interface EntriesProps {
  readonly sources: ReadonlySet<PaletteSource>;
  readonly query: string;
  readonly onChosen: () => void;
}

/** Looked for only while the palette is open. */
function Entries({ sources, query, onChosen }: EntriesProps) {
  const found = findEntries(sources, query);
  if (found.length === 0) return <Spotlight.Empty>Nothing matches “{query}”.</Spotlight.Empty>;
  return found.map(({ id, label, description, run }) => (
    <Spotlight.Action
      key={id}
      label={label}
      description={description}
      onClick={() => {
        onChosen();
        run();
      }}
    />
  ));
}
