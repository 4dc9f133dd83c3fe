import { ApiError, CancelledError, sentenceOf } from '../api/api-error.ts';

interface Form {
  readonly values: object;
  setFieldError(field: string, error: string): void;
}

/**
 * Puts the portal's refusal where it belongs: at the field that it names, if the form has it.
 *
 * @returns what is left to be said for the form as a whole; null for nothing
 */
export function placeRefusal(form: Form, error: unknown): string | null {
  if (error instanceof CancelledError) return null;
  const field = error instanceof ApiError ? error.problem.field : undefined;
  if (field === undefined || !Object.hasOwn(form.values, field)) return sentenceOf(error);
  form.setFieldError(field, sentenceOf(error));
  return null;
}
