import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, codeFolding, foldGutter, foldKeymap, syntaxHighlighting } from '@codemirror/language';
import { unifiedMergeView } from '@codemirror/merge';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

type Scheme = 'light' | 'dark';

/** Colours that reach a contrast of 4.5 to 1 on the page's own. */
const HIGHLIGHTS: Record<Scheme, HighlightStyle> = {
  light: highlights({ key: '#364fc7', text: '#2b6a2f', other: '#a02c0c', comment: '#5c636a' }),
  dark: highlights({ key: '#91a7ff', text: '#8ce99a', other: '#ffc078', comment: '#a6a7ab' }),
};

function highlights({ key, text, other, comment }: Record<'key' | 'text' | 'other' | 'comment', string>) {
  return HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: key },
    { tag: tags.string, color: text },
    { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: other },
    { tag: tags.comment, color: comment },
  ]);
}

interface EditorOptions {
  readonly text: string;
  readonly scheme: Scheme;
  /** Told of each change; without it the text can only be read. */
  readonly onChange?: ((text: string) => void) | undefined;
  /** What the text is compared with, change by change. */
  readonly original?: string | undefined;
}

/** Shows YAML; the caller destroys it. Escape, then Tab, leaves it by keyboard. */
export function createYamlEditor(parent: HTMLElement, options: EditorOptions): EditorView {
  const { text, scheme, onChange, original } = options;
  return new EditorView({
    parent,
    doc: text,
    extensions: [
      yaml(),
      lineNumbers(),
      codeFolding(),
      foldGutter(),
      history(),
      search({ top: true }),
      highlightSelectionMatches(),
      syntaxHighlighting(HIGHLIGHTS[scheme]),
      keymap.of([...searchKeymap, ...foldKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorState.readOnly.of(onChange === undefined),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': 'YAML' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onChange?.(update.state.doc.toString());
      }),
      original === undefined
        ? []
        : unifiedMergeView({ original, mergeControls: false, collapseUnchanged: { margin: 3, minSize: 6 } }),
      EditorView.theme(
        {
          '&': { fontSize: 'var(--mantine-font-size-sm)' },
          '.cm-gutters': { background: 'transparent', color: 'var(--mantine-color-dimmed)', border: 'none' },
          '.cm-content': { fontFamily: 'var(--mantine-font-family-monospace)' },
          // Of its own it is too dark a red for what is written on it.
          ...(scheme === 'light' && { '& .cm-deletedChunk .cm-deletedText': { background: '#ffe3e3' } }),
        },
        { dark: scheme === 'dark' },
      ),
    ],
  });
}
