import type { Generated } from 'kysely';

/** The tables, as Kysely sees them. Instants are milliseconds since the epoch; booleans are 0 and 1. */
export interface Database {
  users: {
    id: string;
    username: string;
    password_hash: string;
    role: 'Administrator' | 'User';
    read_only: number;
    created_at: number;
    disabled_at: number | null;
    deleted_at: number | null;
    last_sign_in_at: number | null;
  };
  sessions: {
    id: string;
    kind: 'portal' | 'api-token' | 'kubernetes';
    user_id: string;
    parent_id: string | null;
    /** A place as a text (`core/place.ts`). */
    cluster_id: string | null;
    started_at: number;
    last_activity_at: number;
    ended_at: number | null;
    end_reason: string | null;
    /** JSON of the deciding limit. */
    end_limit: string | null;
    /** Of the session that took its place, where it was replaced. */
    replaced_by: string | null;
    /** Of API tokens, as the two that follow. */
    name: string | null;
    expires_at: number | null;
    kubernetes: number | null;
  };
  tokens: { hash: string; session_id: string; purpose: string; cluster_id: string | null };
  /** Notices by e-mail that a permanent API token expires: who took it on when, and when it was sent. */
  token_notices: { session_id: string; taken_at: number; sent_at: number | null };
  settings: { key: string; type: string; value: string; set_by: string; set_at: number };
  setting_changes: {
    id: Generated<number>;
    at: number;
    by: string;
    type: string;
    key: string;
    before_value: string | null;
    after_value: string | null;
  };
  limit_periods: {
    id: Generated<number>;
    key: string;
    scope_kind: string;
    scope_id: string;
    minutes: number;
    from_at: number;
    to_at: number | null;
  };
  /** The limits of scopes other than the system, with their history: what stands has no `to_at`. */
  scope_limits: {
    id: Generated<number>;
    key: string;
    scope_kind: string;
    scope_id: string;
    scope_name: string | null;
    minutes: number;
    set_by: string;
    from_at: number;
    to_at: number | null;
  };
  grants: { cluster_id: string; subject_kind: string; subject_id: string };
  tenants: {
    id: string;
    name: string;
    cluster_id: string;
    namespace: string;
    bindings: 'managed' | 'own';
    created_at: number;
  };
  tenant_access: { tenant_id: string; user_id: string; read_only: number };
  /** Dashboards on hostnames of their own. */
  upstream_dashboards: {
    id: string;
    cluster_id: string;
    name: string;
    hostname: string;
    upstream: string;
    passes_credential: number;
    created_at: number;
  };
  setup_tokens: { hash: string; expires_at: number };
  devices: { hash: string; user_id: string; seen_at: number };
  audit: {
    id: Generated<number>;
    at: number;
    event: string;
    actor: string | null;
    subject: string | null;
    address: string | null;
    sentence: string;
  };
  secrets: { name: string; sealed: string };
  replicas: {
    id: string;
    address: string;
    version: string;
    started_at: number;
    seen_at: number;
    skew_ms: number;
    streams: number;
  };
  /** Failed attempts to sign in, for throttling across replicas. */
  attempts: { key: string; count: number; last_at: number; blocked_until: number };
  /** Command lines that ask to be signed in. */
  login_requests: {
    challenge: string;
    user_code: string | null;
    redirect_port: number | null;
    hostname: string;
    address: string;
    network: string;
    requested_at: number;
    expires_at: number;
    next_poll_at: number;
    decision: 'approved' | 'refused' | null;
    /** Of whoever approved it. */
    session_id: string | null;
    code_hash: string | null;
  };
  /** One row. */
  compatibility: { oldest_program: number };
  kysely_migration: { name: string; timestamp: string };
}
