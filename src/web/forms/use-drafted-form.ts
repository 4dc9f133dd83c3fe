import { useForm } from '@mantine/form';
import type { FormErrors, UseFormReturnType } from '@mantine/form';
import { usePortal } from '../portal/portal-context.ts';
import type { Draft } from '../session/drafts.ts';
import { useOwnSession } from '../session/use-session.ts';

interface Options<Values> {
  readonly initialValues: Values;
  /** Fields that are never kept: passwords. */
  readonly secret?: readonly (keyof Values & string)[];
  readonly validate?: (values: Values) => FormErrors;
}

export interface DraftedForm<Values extends Draft> {
  readonly form: UseFormReturnType<Values>;
  /** To be called once it was sent, or given up. */
  readonly forget: () => void;
}

/**
 * A form that keeps what was typed when the session ends, the page is reloaded, or the pane is closed by accident.
 *
 * @param name identifies the form among those of this user
 */
export function useDraftedForm<Values extends Draft>(name: string, options: Options<Values>): DraftedForm<Values> {
  const { drafts } = usePortal();
  const { username } = useOwnSession().user;
  const { secret = [], initialValues, validate } = options;
  const form = useForm<Values>({
    initialValues: { ...initialValues, ...drafts.read(username, name) },
    ...(validate === undefined ? {} : { validate }),
    onValuesChange: (values) => {
      const open = Object.entries(values).filter(([field]) => !secret.includes(field));
      drafts.write(username, name, Object.fromEntries(open));
    },
  });
  return { form, forget: () => drafts.forget(username, name) };
}
