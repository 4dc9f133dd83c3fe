import { Code, Text } from '@mantine/core';
import { catalogueEntryNamed } from '../../core/catalogue.ts';
import { describeMinutes } from '../../core/explain.ts';
import { noticeEntryNamed } from '../../core/notice-settings.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { readMinutes } from '../words/duration.ts';
import { useConfigWrites } from './config-queries.ts';
import { PreviewLine } from './preview-line.tsx';

interface Props {
  readonly configKey: string;
  readonly onClose: () => void;
}

/** Confirms deleting a key, and says which default returns. */
export function DeleteConfigDialog({ configKey, onClose }: Props) {
  const { remove } = useConfigWrites();
  return (
    <ConfirmDialog title="Delete Config" action="Delete" run={() => remove(configKey)} onClose={onClose}>
      <Text>
        Delete <Code>{configKey}</Code>? {whatReturns(configKey)}
      </Text>
      {catalogueEntryNamed(configKey) !== null && <PreviewLine catalogueKey={configKey} value={null} />}
    </ConfirmDialog>
  );
}

function whatReturns(key: string): string {
  const entry = catalogueEntryNamed(key);
  const notice = noticeEntryNamed(key);
  if (notice !== null) return `${notice.label} then returns to its default: ${notice.defaultValue || 'none'}.`;
  if (entry === null) return 'It has no effect here, and no default.';
  const { label, defaultMinutes } = entry;
  return `${label} then returns to its default: ${describeMinutes(defaultMinutes)} (${readMinutes(defaultMinutes)}).`;
}
