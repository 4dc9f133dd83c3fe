import { Alert } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';

/** What was refused, for a form as a whole; read aloud when it appears. */
export function FormAlert({ children }: { children: string | null }) {
  if (children === null) return null;
  return (
    <Alert color="red" icon={<IconAlertCircle aria-hidden />}>
      {children}
    </Alert>
  );
}
