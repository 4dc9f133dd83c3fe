import { Breadcrumbs, Stack, Tabs, Text, Title } from '@mantine/core';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { usePageTitle } from '../app/page-title.ts';

const TABS = [
  { path: '/admin/system-settings/system-config', label: 'System Config' },
  { path: '/admin/system-settings/history', label: 'History' },
  { path: '/admin/system-settings/replicas', label: 'Replicas' },
] as const;

/** *Administrator → System Settings*: title, breadcrumbs and tabs. */
export function SystemSettingsPage() {
  const navigate = useNavigate();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const tab = TABS.find(({ path }) => pathname.startsWith(path)) ?? TABS[0];
  usePageTitle(tab.label);
  return (
    <Stack gap="sm">
      <Breadcrumbs separator="›" component="nav" aria-label="Breadcrumbs">
        {['Admin', 'System Settings', tab.label].map((crumb) => (
          <Text key={crumb} size="xs" c="dimmed" component="span">
            {crumb}
          </Text>
        ))}
      </Breadcrumbs>
      <Title order={1}>{tab.label}</Title>
      <Tabs
        value={tab.path}
        onChange={(path) => {
          const next = TABS.find((each) => each.path === path);
          if (next !== undefined) void navigate({ to: next.path });
        }}
      >
        <Tabs.List mb="sm">
          {TABS.map(({ path, label }) => (
            <Tabs.Tab key={path} value={path}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab.path}>
          <Outlet />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
