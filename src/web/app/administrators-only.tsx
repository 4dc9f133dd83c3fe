import type { ReactNode } from 'react';
import { useIsAdministrator } from '../session/use-session.ts';
import { NotFoundPage } from './not-found-page.tsx';

/** Shows its children to administrators; others learn nothing. The server refuses the data as well. */
export function AdministratorsOnly({ children }: { children: ReactNode }) {
  return useIsAdministrator() ? children : <NotFoundPage />;
}
