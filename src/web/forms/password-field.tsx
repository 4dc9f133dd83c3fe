import { PasswordInput } from '@mantine/core';
import type { PasswordInputProps } from '@mantine/core';

interface Props extends PasswordInputProps {
  /** What the button beside it shows: *the password* unless said otherwise. */
  readonly shown?: string;
}

/** A password that must be given, with a button that shows it and has a name. */
export function PasswordField({ shown = 'the password', ...input }: Props) {
  return (
    <PasswordInput
      required
      withAsterisk={false}
      visibilityToggleButtonProps={{ 'aria-label': `Show ${shown}`, tabIndex: 0 }}
      {...input}
    />
  );
}
