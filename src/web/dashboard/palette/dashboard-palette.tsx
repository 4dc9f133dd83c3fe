import { useNavigate } from '@tanstack/react-router';
import { useContext } from 'react';
import type { Dashboard } from '../use-dashboard.ts';
import { useNamespaces } from '../use-namespaces.ts';
import { PaletteContext, usePaletteSource } from './palette-context.ts';
import { kindEntries } from './palette-entries.ts';
import { Palette } from './palette.tsx';

/** The palette, with what there is on every page of a dashboard: its kinds and namespaces. */
export function DashboardPalette({ dashboard }: { dashboard: Dashboard }) {
  const navigate = useNavigate({ from: '/clusters/$cluster/dashboard' });
  const { discovery, tenant } = dashboard;
  // A tenant is one namespace.
  const namespaces = useNamespaces(dashboard, tenant === null);
  usePaletteSource((words) =>
    kindEntries(discovery.types, words, ({ key }) => {
      void navigate({ search: (before) => ({ tenant: before.tenant, namespace: before.namespace, kind: key }) });
    }),
  );
  usePaletteSource(() =>
    namespaces.map((namespace) => ({
      id: `namespace ${namespace}`,
      label: namespace,
      description: 'Namespace',
      run: () => void navigate({ search: ({ tenant: of, kind }) => ({ tenant: of, kind, namespace }) }),
    })),
  );
  return <Palette sources={useContext(PaletteContext)} />;
}
