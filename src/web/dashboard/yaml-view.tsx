import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useEffectEvent, useRef } from 'react';
import { createYamlEditor } from './yaml-editor.ts';

interface Props {
  readonly text: string;
  /** Without it the text can only be read; with it the text is what is begun with. */
  readonly onChange?: (text: string) => void;
  /** What the text is compared with. */
  readonly original?: string;
}

/** YAML with folding, and a search that Ctrl+F opens. */
export function YamlView({ text, onChange, original }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const isEdited = onChange !== undefined;
  const changed = useEffectEvent((next: string) => onChange?.(next));
  const begin = useEffectEvent(() => text);
  // What is edited is the editor's own from then on.
  const shown = isEdited ? null : text;
  useEffect(() => {
    if (host.current === null) return undefined;
    const listen = isEdited ? (next: string) => changed(next) : undefined;
    const editor = createYamlEditor(host.current, { text: shown ?? begin(), scheme, onChange: listen, original });
    return () => editor.destroy();
  }, [shown, isEdited, original, scheme]);
  return <div ref={host} />;
}
