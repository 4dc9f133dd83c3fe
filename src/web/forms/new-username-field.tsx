import { TextInput } from '@mantine/core';
import type { TextInputProps } from '@mantine/core';

/** The name of an account that is being made. */
export function NewUsernameField(input: TextInputProps) {
  return (
    <TextInput
      label="Username"
      description="Lower-case letters, digits and . _ @ + -, beginning with a letter or a digit"
      autoCapitalize="none"
      spellCheck={false}
      required
      withAsterisk={false}
      {...input}
    />
  );
}
