import type { NoticeStore } from '../../sessions/ports.ts';

/** Which notices about permanent API tokens were sent, in memory. */
export function createMemoryNoticeStore(): NoticeStore {
  const notices = new Map<string, { takenAt: number; sentAt: number | null }>();
  return {
    async takeNotice(tokenId, at, failedBefore) {
      const notice = notices.get(tokenId);
      if (notice !== undefined && (notice.sentAt !== null || notice.takenAt >= failedBefore)) return false;
      notices.set(tokenId, { takenAt: at, sentAt: null });
      return true;
    },
    async noteNoticeSent(tokenId, at) {
      const notice = notices.get(tokenId);
      if (notice !== undefined) notice.sentAt = at;
    },
  };
}
