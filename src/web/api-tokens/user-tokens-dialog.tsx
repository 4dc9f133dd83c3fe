import { Button, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MadeToken, PermanentTokenView } from '../../wire/api-token.ts';
import type { UserView } from '../../wire/user.ts';
import { ConfirmDialog } from '../app/confirm-dialog.tsx';
import { LoadError } from '../lists/data-list.tsx';
import { useApi } from '../portal/portal-context.ts';
import { CopyableCode } from '../words/copyable-code.tsx';
import { MakeTokenForm } from './make-token-form.tsx';
import { userTokensQuery, useTokenWrites } from './token-queries.ts';
import { TokenTable } from './token-table.tsx';

interface Props {
  readonly user: UserView;
  readonly onClose: () => void;
}

/** The permanent API tokens of a user: made, shown once, revoked. */
export function UserTokensDialog({ user, onClose }: Props) {
  const query = useQuery(userTokensQuery(useApi(), user.username));
  const { revoke } = useTokenWrites(user.username);
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<MadeToken | null>(null);
  const [revoking, setRevoking] = useState<PermanentTokenView | null>(null);
  return (
    <>
      <Modal
        opened
        onClose={onClose}
        title={`API tokens of ${user.username}`}
        size="xl"
        closeOnClickOutside={made === null}
      >
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            For automation. A token can do what {user.username} can do, except what needs a recent sign-in, and lives
            until it expires or is revoked. Sessions and inactivity timeouts do not end it.
          </Text>
          {query.isPending && <Skeleton height={72} />}
          {query.isError && <LoadError error={query.error} onRetry={() => void query.refetch()} />}
          {query.data !== undefined && <TokenTable tokens={query.data.items} onRevoke={setRevoking} />}
          {made !== null && <ShownToken made={made} />}
          {isMaking ? (
            <MakeTokenForm
              username={user.username}
              onClose={() => setMaking(false)}
              onMade={(token) => {
                setMade(token);
                setMaking(false);
              }}
            />
          ) : (
            <Button
              variant="default"
              w="fit-content"
              disabled={user.disabled}
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={() => setMaking(true)}
            >
              Make a token
            </Button>
          )}
          {user.disabled && <Text size="sm">{user.username} is disabled: no token can be made.</Text>}
        </Stack>
      </Modal>
      {revoking !== null && (
        <ConfirmDialog
          title="Revoke API token"
          action="Revoke"
          run={async () => {
            await revoke(revoking.id);
            if (made?.id === revoking.id) setMade(null);
          }}
          onClose={() => setRevoking(null)}
        >
          <Text>Revoke {revoking.name}? What uses it is refused at once, and its Kubernetes sessions end.</Text>
        </ConfirmDialog>
      )}
    </>
  );
}

function ShownToken({ made }: { made: MadeToken }) {
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">This is {made.name}. Copy it now: it is not shown again.</Text>
      <CopyableCode code={made.token} />
    </Stack>
  );
}
