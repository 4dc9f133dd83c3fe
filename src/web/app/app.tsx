import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { PortalContext } from '../portal/portal-context.ts';
import type { Portal } from '../portal/portal-context.ts';
import { router } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

/** The whole application around the parts that it is given. */
export function App({ portal }: { portal: Portal }) {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <PortalContext value={portal}>
        <QueryClientProvider client={portal.queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </PortalContext>
    </MantineProvider>
  );
}
