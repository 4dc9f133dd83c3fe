import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ConfigPreview } from '../../wire/system-config.ts';
import { useApi } from '../portal/portal-context.ts';
import { count } from '../words/duration.ts';
import { configPreviewQuery } from './config-queries.ts';

const DELAY_MS = 350;

interface Props {
  readonly catalogueKey: string;
  /** The value to be stored; null for deleting the key. */
  readonly value: string | null;
}

/** Says, while somebody types, how many live sessions the value would end. */
export function PreviewLine({ catalogueKey, value }: Props) {
  const api = useApi();
  const [settled] = useDebouncedValue({ key: catalogueKey, value }, DELAY_MS);
  const preview = useQuery(configPreviewQuery(api, settled.key, settled.value));
  const isCurrent = settled.key === catalogueKey && settled.value === value;
  return (
    <Text
      size="sm"
      role="status"
      mih="1.5em"
      c={preview.data !== undefined && preview.data.ending > 0 ? 'bright' : 'dimmed'}
    >
      {isCurrent && preview.data !== undefined && (
        <>
          <IconInfoCircle size={14} aria-hidden /> {describePreview(preview.data)}
        </>
      )}
      {isCurrent && preview.isError && 'How many sessions this would end could not be asked.'}
    </Text>
  );
}

/** `3 of 41 live sessions end now, including yours.` */
export function describePreview({ live, ending, endsOwn, note }: ConfigPreview): string {
  const own = endsOwn ? ', including yours' : '';
  const verb = ending === 1 ? 'ends' : 'end';
  const counted =
    ending === 0
      ? `None of ${count(live, 'live session')} ends now.`
      : `${ending} of ${count(live, 'live session')} ${verb} now${own}.`;
  return note === null ? counted : `${counted} ${note}`;
}
