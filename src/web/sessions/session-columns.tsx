import { Badge, Button, Stack, Text } from '@mantine/core';
import type { SessionView } from '../../wire/session.ts';
import type { Column } from '../lists/data-table.tsx';
import { causeOf, describeEndsBy } from '../session/end-words.ts';
import { RelativeTime } from '../words/time-text.tsx';

interface Options {
  readonly withUser: boolean;
  readonly onEnd: (session: SessionView) => void;
}

/** The columns of the Sessions page. */
export function sessionColumns({ withUser, onEnd }: Options): Column<SessionView>[] {
  const user: Column<SessionView> = { id: 'user', header: 'USER', sortable: true, cell: ({ username }) => username };
  return [
    ...(withUser ? [user] : []),
    { id: 'kind', header: 'KIND', sortable: true, cell: (session) => <KindCell session={session} /> },
    { id: 'cluster', header: 'CLUSTER', cell: placeOf },
    { id: 'startedAt', header: 'STARTED', sortable: true, cell: ({ startedAt }) => <RelativeTime at={startedAt} /> },
    {
      id: 'lastActivityAt',
      header: 'LAST ACTIVITY',
      sortable: true,
      cell: ({ lastActivityAt }) => <RelativeTime at={lastActivityAt} />,
    },
    { id: 'end', header: 'END', cell: (session) => <EndCell session={session} /> },
    { id: 'streams', header: 'STREAMS', cell: ({ streams, end }) => (end === null ? streams : '–') },
    {
      id: 'actions',
      header: 'Actions',
      isActions: true,
      cell: (session) =>
        session.end === null && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => onEnd(session)}
            aria-label={`End ${describeSession(session)}`}
          >
            End
          </Button>
        ),
    },
  ];
}

export const KIND_LABELS = { portal: 'Portal', 'api-token': 'API token', kubernetes: 'Kubernetes' } as const;

/** Where a session is: a cluster, and in it a tenant where it is confined to one. */
function placeOf({ clusterId, tenant }: SessionView): string {
  if (clusterId === null) return '–';
  return tenant === null || tenant === undefined
    ? clusterId
    : `${clusterId}, tenant ${tenant.name ?? 'that was deleted'}`;
}

/** A session in few words, for buttons and dialogs. */
export function describeSession(session: SessionView): string {
  const { kind, username, tokenName } = session;
  if (kind === 'api-token') return `the API token ${tokenName} of ${username}`;
  return kind === 'portal'
    ? `the portal session of ${username}`
    : `the Kubernetes session of ${username} on ${placeOf(session)}`;
}

function KindCell({ session }: { session: SessionView }) {
  return (
    <>
      {KIND_LABELS[session.kind]}{' '}
      {session.tokenName !== undefined && <span style={{ overflowWrap: 'anywhere' }}>{session.tokenName} </span>}
      {session.current && (
        <Badge size="xs" variant="default">
          this one
        </Badge>
      )}
    </>
  );
}

function EndCell({ session }: { session: SessionView }) {
  if (session.end !== null) {
    const cause = causeOf(session.end);
    return (
      <WithReason reason={cause === null ? '' : `${cause.label ?? ''}${cause.rest}`}>
        Ended <RelativeTime at={session.end.at} />
      </WithReason>
    );
  }
  const { endsAt, endsBy } = session;
  const isByExpiry = endsAt !== null && endsBy !== null && endsBy.label === null;
  const reason = isByExpiry ? 'Expiry of the API token' : endsBy === null ? '' : describeEndsBy(endsBy);
  return <WithReason reason={reason}>{endsAt === null ? 'Never' : <RelativeTime at={endsAt} />}</WithReason>;
}

function WithReason({ children, reason }: { children: React.ReactNode; reason: string }) {
  return (
    <Stack gap={0}>
      <span>{children}</span>
      <Text size="xs" c="dimmed">
        {reason}
      </Text>
    </Stack>
  );
}
