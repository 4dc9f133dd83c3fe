import type { Logger } from 'pino';
import type { Config } from '../config/load-config.ts';
import type { AuditRecord } from '../core/audit-record.ts';
import { MINUTE_MS } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { compatibleApi } from '../compat/compatible-api.ts';
import { gatewayAddress } from '../http/gateway-address.ts';
import { Origins } from '../http/origin.ts';
import { createHttpServer } from '../http/server.ts';
import { connectionBounds } from '../http/waiting-connections.ts';
import type { ConnectionBounds } from '../http/waiting-connections.ts';
import { issueSetupToken } from '../identity/first-administrator.ts';
import { LoginRequests } from '../identity/login-requests.ts';
import { PasswordHasher } from '../identity/password.ts';
import { RefusalRecorder } from '../identity/refusal-recorder.ts';
import { SignInThrottle } from '../identity/throttle.ts';
import { Tenants } from '../identity/tenants.ts';
import { Users } from '../identity/users.ts';
import { writeKubeconfig } from '../kubernetes/clusters/write-kubeconfig.ts';
import { createDashboards } from '../kubernetes/dashboard/dashboards.ts';
import { SHELL_QUOTAS, createShells } from '../kubernetes/shell/shells.ts';
import { KubernetesCredentials } from '../sessions/kubernetes-credentials.ts';
import type { Replica } from '../replicas/replica.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Hearing } from '../sessions/ports.ts';
import { ScopeLimits } from '../sessions/scope-limits.ts';
import { Sessions } from '../sessions/sessions.ts';
import { takeShellsAlong } from '../sessions/take-shells-along.ts';
import { SystemConfig } from '../sessions/system-config.ts';
import { newId } from '../sessions/token.ts';
import type { Store } from '../store/store.ts';
import { createSystemClock } from '../system/clock.ts';
import { openDatabaseClock } from '../system/database-clock.ts';
import { mostOpenFiles } from '../system/open-files.ts';
import { makePrivateFolder } from '../system/make-folder.ts';
import { createMetrics } from '../system/metrics.ts';
import type { Metrics } from '../system/metrics.ts';
import { systemAuthorities } from '../system/system-authorities.ts';
import { createNaming } from '../system/secret-box.ts';
import { createApiTokens } from './api-tokens.ts';
import { createClusters } from './clusters.ts';
import type { Clusters } from './clusters.ts';
import { httpSettings, urlsOf } from './http-settings.ts';
import { inTurn } from './in-turn.ts';
import { limitedScopes } from './limited-scopes.ts';
import { openListenerTls } from './listener-tls.ts';
import { Drain } from './drain.ts';
import { createPortalGateway } from './portal-gateway.ts';
import { createReplica } from './replica.ts';
import { locationOf, openStore } from './store-location.ts';
import { createTokenMaker, readKey } from './secret-key.ts';
import { openShellWorkshop } from './shell-workshop.ts';
import { sweepRegularly } from './sweeper.ts';
import { ownNamespace } from '../kubernetes/clusters/in-cluster.ts';
import { keepTenants } from './tenant-keeping.ts';
import { createUpstreamDashboards } from './upstream-dashboards.ts';
import { readVersion } from './version.ts';

/** What a test replaces; a process that is started from the command line cannot. */
export interface PortalOverrides {
  readonly clock?: Clock;
  readonly connectionBounds?: ConnectionBounds;
}

export interface Portal {
  /** Where people go. */
  readonly url: string;
  readonly tlsUrl: string | null;
  /** The one-time link for the first administrator; null when there is one. */
  readonly setupUrl: string | null;
  readonly clusters: Clusters;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  /** Whether this process knows what other replicas did; always, where it is alone. */
  isCurrent(): boolean;
  /** @param drainMs how long what is open may go on; without it, everything stops at once and untold */
  stop(drainMs?: number): Promise<void>;
}

/** Puts all parts together and starts them. */
export async function startPortal(config: Config, log: Logger, overrides: PortalOverrides = {}): Promise<Portal> {
  process.umask(0o077);
  makePrivateFolder(config.dataDir);
  const store = await openStore(locationOf(config), {
    poolSize: config.databaseConnections,
    failed: (error) => log.error({ err: error }, 'the database failed'),
  });
  const { databaseNow } = store;
  const databaseClock = databaseNow === null ? null : await openDatabaseClock(databaseNow, await store.newestInstant());
  const clock = databaseClock ?? overrides.clock ?? createSystemClock(await store.newestInstant());

  let replica: Replica | null = null;
  const hearing: Hearing = {
    isAlone: () => databaseClock === null,
    isCurrent: () => replica === null || replica.isCurrent(),
    catchUp: () => replica?.catchUp() ?? Promise.resolve(),
    takeAlong: (from, toId) => (shells.listOf(from.id).length === 0 ? null : followBrowser(from, toId)),
  };
  const replicaState = () =>
    databaseClock === null ? null : { isCurrent: hearing.isCurrent(), skewMs: databaseClock.skewMs() };
  const { sessions, metrics } = createSessions(store, clock, hearing, replicaState, log);
  const followBrowser = async (from: LiveSession, toId: string): Promise<void> => {
    const to = await sessions.find(toId);
    if (to !== null) await takeShellsAlong({ sessions, shells, tenants }, from, to);
  };
  await sessions.load();
  const key = readKey(config.secretKeyFile);
  const passwords = new PasswordHasher();
  const users = new Users({ users: store, sessions, passwords, clock });
  const clusters = createClusters(config, clock, log);
  const keeper = keepTenants({ key, store, clusters, clock, log });
  const isCluster = (id: string): boolean => clusters.find(id) !== undefined;
  const shellNamespace = config.shellPods?.namespace ?? null;
  const reserved = [shellNamespace, ownNamespace()];
  const tenants = new Tenants({
    ...{ store, users, sessions, clock, isCluster },
    isReserved: (namespace) => reserved.includes(namespace),
    changed: () => keeper.look(),
  });
  await Promise.all([users.load(), tenants.load()]);

  const tls = await openListenerTls(config, clock, log);
  const settings = await httpSettings(config, tls.files);
  const origins = new Origins(settings);
  const refusals = new RefusalRecorder({
    append: (record) => store.appendAudit(record),
    clock,
    failed: (error) => log.error({ err: error }, 'a refusal could not be recorded'),
  });
  const drain = new Drain();
  const gateway = createPortalGateway({
    ...{ origins, sessions, tenants, clusters, store, refusals, metrics, clock, log, drain },
    shellNamespace,
    onWarned: (given) => replica?.tellWarned(given),
  });
  const warningMinutes = (): number => sessions.limits.minutes('SessionExpiryWarning', clock.now());
  const shells = createShells({
    clock,
    log,
    gateway,
    tenantOf: (id) => tenants.find(id),
    workshop: await openShellWorkshop(config, {
      log,
      clusters,
      longestSessionMs: () => sessions.limits.minutes('MaximumK8sSessionDuration', clock.now()) * MINUTE_MS,
    }),
    warningMinutes,
    newId: () => newId(`sh-${config.replicaName}`),
    quotas: SHELL_QUOTAS,
  });
  const signIn = {
    users: store,
    sessions,
    passwords,
    throttle: new SignInThrottle({ clock, store, nameOf: createNaming(key, 'attempts') }),
    clock,
    record: (record: AuditRecord) => store.appendAudit(record),
    refusals,
  };
  const systemConfig = new SystemConfig({ store, sessions, clock });
  const scopeLimits = new ScopeLimits({ store, sessions, clock });
  const tokens = await createTokenMaker(config, store, key);
  const credentials = new KubernetesCredentials({ sessions, tokens });
  const upstreams = await createUpstreamDashboards({
    ...{ config, store, sessions, tenants, credentials, origins, drain, metrics, clock, log, isCluster },
  });
  const { url, tlsUrl } = urlsOf(settings);
  const { apiTokens, tokenNotices, mails } = createApiTokens({
    ...{ store, clock, sessions, started: metrics.countStart },
    ...{ smtp: config.smtp, portalUrl: url, log },
  });
  const http = await createHttpServer(
    {
      settings,
      clock,
      log,
      sessions,
      systemConfig,
      scopeLimits,
      limitedScope: limitedScopes(clusters, tenants),
      signIn,
      loginRequests: new LoginRequests({ ...signIn, requests: store, nameOf: createNaming(key, 'login codes') }),
      users,
      ...{ tenants, tenantState: keeper.stateOf },
      store,
      clusters,
      shells,
      dashboards: createDashboards({ clock, gateway, warningMinutes }),
      ...upstreams.ports,
      ...{ credentials, gateway, apiTokens, tokenNotices },
      compatibleApi: compatibleApi({
        ...{ systemConfig, scopeLimits, users, tenants, store, clusters, credentials, version: readVersion() },
        gateway() {
          const address = gatewayAddress(settings);
          return { ...address, caPem: address.caPem ?? systemAuthorities() };
        },
      }),
      writeKubeconfig,
      metrics,
      drain,
    },
    origins,
    overrides.connectionBounds ?? connectionBounds(mostOpenFiles()),
  );
  tls.onRenewed(() => http.renewTls());
  if (databaseClock !== null && config.database !== null) {
    replica = createReplica({
      databaseUrl: config.database,
      boundMs: config.databaseSilenceMs,
      clock: databaseClock,
      ...{ sessions, users, tenants, store },
      heardWarned: gateway.hearWarned,
      rereadDashboards: () => upstreams.ports.upstreamDashboards.load(),
      port: settings.port,
      version: readVersion(),
      log,
    });
    await replica.start();
  }
  await http.listen();
  const sweeper = sweepRegularly(sessions, store, clock, log);
  clusters.start();
  keeper.look();
  mails?.start();
  const setupToken = await issueSetupToken(store, clock);

  return {
    url,
    tlsUrl,
    setupUrl: setupToken === null ? null : `${url}/setup/${setupToken}`,
    clusters,
    sessions,
    metrics,
    isCurrent: hearing.isCurrent,
    stop: (drainMs) =>
      inTurn([
        () => drainMs === undefined || drain.run(drainMs, { clock, pool: sessions.pool, ...shells, ...http }),
        () => sweeper.dispose(),
        () => mails?.stop(),
        () => tls.stop(),
        () => shells.stop(),
        () => http.close(),
        () => gateway.execsEnded(),
        () => upstreams.stop(),
        () => keeper.stop(),
        () => clusters.stop(),
        () => sessions.stop(),
        () => replica?.stop(),
        () => refusals.stop(),
        () => store.close(),
      ]),
  };
}

function createSessions(
  store: Store,
  clock: Clock,
  hearing: Hearing,
  replica: Parameters<typeof createMetrics>[0]['replica'],
  log: Logger,
): { sessions: Sessions; metrics: Metrics } {
  const metrics = createMetrics({
    sessions: () => sessions.pool.countSessions(),
    streams: () => sessions.pool.countStreams(),
    replica,
  });
  const sessions: Sessions = new Sessions({
    store,
    clock,
    hearing,
    started: metrics.countStart,
    ended: metrics.countEnd,
    cut: metrics.observeCut,
    failed: (error) => log.error({ err: error }, 'the end of a session could not be carried out or recorded'),
  });
  return { sessions, metrics };
}
