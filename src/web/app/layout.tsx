import { AppShell, Burger, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet } from '@tanstack/react-router';
import { ExpiryNotice } from '../session/expiry-notice.tsx';
import { TokenNotice } from '../api-tokens/token-notice.tsx';
import { HeaderBar } from './header-bar.tsx';
import classes from './layout.module.css';
import { Navigation } from './navigation.tsx';

/** The frame of the signed-in pages: header, navigation, page. */
export function Layout() {
  const [isNavigationOpen, { toggle, close }] = useDisclosure();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isNavigationOpen } }}
      padding="md"
    >
      <a className={classes['skip']} href="#page">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="xs" wrap="nowrap">
          <Burger
            opened={isNavigationOpen}
            onClick={toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isNavigationOpen ? 'Close the navigation' : 'Open the navigation'}
            aria-expanded={isNavigationOpen}
          />
          <HeaderBar />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <Navigation onChosen={close} />
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} className={classes['main'] ?? ''}>
        <ExpiryNotice />
        <TokenNotice />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}
