import { Button, Code, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { catalogueEntry, isCatalogueKey } from '../../core/catalogue.ts';
import { describeMinutes } from '../../core/explain.ts';
import { sentenceOf } from '../api/api-error.ts';
import { FormAlert } from '../forms/form-alert.tsx';
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
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const submit = async (): Promise<void> => {
    setBusy(true);
    try {
      await remove(configKey);
      onClose();
    } catch (error) {
      setRefusal(sentenceOf(error));
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title="Delete Config">
      <Stack gap="sm">
        <Text>
          Delete <Code>{configKey}</Code>? {whatReturns(configKey)}
        </Text>
        {isCatalogueKey(configKey) && <PreviewLine catalogueKey={configKey} value={null} />}
        <FormAlert>{refusal}</FormAlert>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={isBusy} onClick={() => void submit()} data-autofocus>
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function whatReturns(key: string): string {
  if (!isCatalogueKey(key)) return 'It has no effect here, and no default.';
  const { label, defaultMinutes } = catalogueEntry(key);
  return `${label} then returns to its default: ${describeMinutes(defaultMinutes)} (${readMinutes(defaultMinutes)}).`;
}
