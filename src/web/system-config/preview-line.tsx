import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { LIMITED_KINDS } from '../../core/session-kind.ts';
import type { ConfigPreview } from '../../wire/system-config.ts';
import { useApi } from '../portal/portal-context.ts';
import { count } from '../words/duration.ts';
import { configPreviewQuery } from './config-queries.ts';

const DELAY_MS = 350;
const KIND_NAMES = { portal: 'portal', kubernetes: 'Kubernetes' } as const;

interface Props {
  readonly catalogueKey: string;
  /** The value to be stored; null for deleting the key. */
  readonly value: string | null;
  /** Of the limits of a cluster or a tenant; System Config's where it is left out. */
  readonly path?: string;
}

/** Says, while somebody types, how many live sessions the value would end. */
export function PreviewLine({ catalogueKey, value, path }: Props) {
  const api = useApi();
  const [settled] = useDebouncedValue({ key: catalogueKey, value }, DELAY_MS);
  const preview = useQuery(configPreviewQuery(api, settled.key, settled.value, path));
  const isCurrent = settled.key === catalogueKey && settled.value === value;
  return (
    <Text
      size="sm"
      role="status"
      mih="1.5em"
      c={
        preview.data !== undefined && LIMITED_KINDS.some((kind) => preview.data[kind].ending > 0) ? 'bright' : 'dimmed'
      }
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

/** `This would end 3 of 41 portal sessions and 2 of 5 Kubernetes sessions, your own among them.` */
export function describePreview(preview: ConfigPreview): string {
  const parts = LIMITED_KINDS.filter((kind) => preview[kind].ending > 0).map((kind) => {
    const { live, ending } = preview[kind];
    return `${ending} of ${count(live, `${KIND_NAMES[kind]} session`)}`;
  });
  const own = preview.endsOwn ? ', your own among them' : '';
  const counted =
    parts.length === 0 ? 'This would end no live session.' : `This would end ${parts.join(' and ')}${own}.`;
  return preview.note === null ? counted : `${counted} ${preview.note}`;
}
