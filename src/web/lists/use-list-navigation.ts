import { useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';

/**
 * Changes what of a page stands in its address. What is undefined or empty is left out. Replaces the entry in the
 * browser's history, so that *back* leaves the page.
 */
export function useSearchChange<State extends object>(): (change: Partial<State>) => void {
  const navigate = useNavigate();
  return useCallback(
    (change) => {
      void navigate({
        to: '.',
        replace: true,
        search: ((previous: object) => withoutEmpty({ ...previous, ...change })) as never,
      });
    },
    [navigate],
  );
}

function withoutEmpty(state: object): object {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined && value !== ''));
}
