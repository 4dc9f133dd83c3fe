/** Why a session ended. The list is closed: audit, API, UI and metrics all use these words (design, section 1). */
export const END_REASONS = [
  'signed-out',
  'closed',
  'max-duration',
  'inactivity',
  'parent-ended',
  'revoked',
  'user-disabled',
  'replaced',
  'identity-provider',
  'shutdown',
] as const;

export type EndReason = (typeof END_REASONS)[number];

/** The reasons that a deadline can give. */
export type DeadlineReason = Extract<EndReason, 'max-duration' | 'inactivity' | 'parent-ended'>;
