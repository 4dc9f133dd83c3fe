import {
  Navigate,
  Outlet,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { z } from 'zod';
import { HAND_OVER_PATH } from '../../wire/hand-over.ts';
import { AuditPage, auditSearchSchema } from '../audit/audit-page.tsx';
import { ClustersPage } from '../clusters/clusters-page.tsx';
import { CommandLinePage } from '../command-line/command-line-page.tsx';
import { ConsentPage, SignedInPage } from '../command-line/consent-page.tsx';
import { HandOverPage, handOverSearchSchema } from '../command-line/hand-over-page.tsx';
import { DevicePage } from '../command-line/device-page.tsx';
import { dashboardSearchSchema } from '../dashboard/dashboard-search.ts';
import { listStateSchema } from '../lists/list-state.ts';
import { ProfilePage } from '../profile/profile-page.tsx';
import { SessionGate } from '../session/session-gate.tsx';
import { sessionSearchSchema } from '../sessions/session-search.ts';
import { SessionsPage } from '../sessions/sessions-page.tsx';
import { SetupPage } from '../setup/setup-page.tsx';
import { SignInPage } from '../sign-in/sign-in-page.tsx';
import { ConfigHistory } from '../system-config/config-history.tsx';
import { ConfigList } from '../system-config/config-list.tsx';
import { configSearchSchema } from '../system-config/config-search.ts';
import { ReplicasTab } from '../replicas/replicas-tab.tsx';
import { SystemSettingsPage } from '../system-config/system-settings-page.tsx';
import { tenantSearchSchema } from '../tenants/tenant-search.ts';
import { TenantsPage } from '../tenants/tenants-page.tsx';
import { EnterPage, enterSearchSchema } from '../upstream-dashboards/enter-page.tsx';
import { userSearchSchema } from '../users/user-search.ts';
import { UsersPage } from '../users/users-page.tsx';
import { AdministratorsOnly } from './administrators-only.tsx';
import { ErrorPage } from './error-page.tsx';
import { Layout } from './layout.tsx';
import { NotFoundPage } from './not-found-page.tsx';

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: z.object({ returnTo: z.string().optional().catch(undefined) }),
  component: SignInPage,
});

const setup = createRoute({ getParentRoute: () => root, path: '/setup/$token', component: SetupPage });

/** Everything below is there while a session lives, and only then. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  component: () => (
    <SessionGate>
      <Outlet />
    </SessionGate>
  ),
});

const framed = createRoute({ getParentRoute: () => signedIn, id: 'framed', component: Layout });

const home = createRoute({
  getParentRoute: () => framed,
  path: '/',
  component: () => <Navigate to="/clusters" replace />,
});
const clusters = createRoute({ getParentRoute: () => framed, path: '/clusters', component: ClustersPage });
const profile = createRoute({ getParentRoute: () => framed, path: '/profile', component: ProfilePage });
const commandLine = createRoute({ getParentRoute: () => framed, path: '/command-line', component: CommandLinePage });
const sessions = createRoute({
  getParentRoute: () => framed,
  path: '/sessions',
  validateSearch: sessionSearchSchema,
  component: SessionsPage,
});
const audit = createRoute({
  getParentRoute: () => framed,
  path: '/audit',
  validateSearch: auditSearchSchema,
  component: () => (
    <AdministratorsOnly>
      <AuditPage />
    </AdministratorsOnly>
  ),
});

const admin = createRoute({
  getParentRoute: () => framed,
  path: '/admin',
  component: () => (
    <AdministratorsOnly>
      <Outlet />
    </AdministratorsOnly>
  ),
});
const users = createRoute({
  getParentRoute: () => admin,
  path: '/users',
  validateSearch: userSearchSchema,
  component: UsersPage,
});
const tenants = createRoute({
  getParentRoute: () => admin,
  path: '/tenants',
  validateSearch: tenantSearchSchema,
  component: TenantsPage,
});
const systemSettings = createRoute({
  getParentRoute: () => admin,
  path: '/system-settings',
  component: SystemSettingsPage,
});
const systemSettingsHome = createRoute({
  getParentRoute: () => systemSettings,
  path: '/',
  component: () => <Navigate to="/admin/system-settings/system-config" replace />,
});
const systemConfig = createRoute({
  getParentRoute: () => systemSettings,
  path: '/system-config',
  validateSearch: configSearchSchema,
  component: ConfigList,
});
const configHistory = createRoute({
  getParentRoute: () => systemSettings,
  path: '/history',
  validateSearch: listStateSchema,
  component: ConfigHistory,
});
const replicas = createRoute({ getParentRoute: () => systemSettings, path: '/replicas', component: ReplicasTab });

const notFound = createRoute({ getParentRoute: () => framed, path: '$', component: NotFoundPage });

const shell = createRoute({
  getParentRoute: () => signedIn,
  path: '/clusters/$cluster/shell',
  validateSearch: z.object({
    shell: z.string().max(128).optional().catch(undefined),
    tenant: z.string().max(64).optional().catch(undefined),
  }),
  component: lazyRouteComponent(() => import('../shell/shell-page.tsx'), 'ShellPage'),
});

const dashboard = createRoute({
  getParentRoute: () => signedIn,
  path: '/clusters/$cluster/dashboard',
  validateSearch: dashboardSearchSchema,
  component: lazyRouteComponent(() => import('../dashboard/dashboard-page.tsx'), 'DashboardPage'),
});

/** What `curfew login` sends people to. */
const consent = createRoute({
  getParentRoute: () => signedIn,
  path: '/command-line/sign-in',
  validateSearch: z.object({
    request: z.string().max(64).optional().catch(undefined),
    state: z.string().max(128).optional().catch(undefined),
  }),
  component: ConsentPage,
});
const commandLineSignedIn = createRoute({
  getParentRoute: () => signedIn,
  path: '/command-line/signed-in',
  component: SignedInPage,
});
const device = createRoute({ getParentRoute: () => signedIn, path: '/device', component: DevicePage });

/** What DuploCloud's clients send people to. */
const handOver = createRoute({
  getParentRoute: () => signedIn,
  path: HAND_OVER_PATH,
  validateSearch: handOverSearchSchema,
  component: HandOverPage,
});

/** What the hostname of somebody else's dashboard sends people to. */
const enter = createRoute({
  getParentRoute: () => signedIn,
  path: '/enter/$id',
  validateSearch: enterSearchSchema,
  component: EnterPage,
});

const routeTree = root.addChildren([
  signIn,
  setup,
  signedIn.addChildren([
    framed.addChildren([
      home,
      clusters,
      profile,
      commandLine,
      sessions,
      audit,
      admin.addChildren([
        users,
        tenants,
        systemSettings.addChildren([systemSettingsHome, systemConfig, configHistory, replicas]),
      ]),
      notFound,
    ]),
    shell,
    dashboard,
    consent,
    commandLineSignedIn,
    device,
    handOver,
    enter,
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultErrorComponent: ({ error }) => <ErrorPage error={error} />,
  defaultNotFoundComponent: NotFoundPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
