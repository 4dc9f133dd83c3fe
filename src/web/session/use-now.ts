import { useEffect, useState } from 'react';
import { usePortal } from '../portal/portal-context.ts';

/** The server's time, read again every `intervalMs`. */
export function useNow(intervalMs: number): number {
  const { clock } = usePortal().session;
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(clock.now()), intervalMs);
    return () => clearInterval(timer);
  }, [clock, intervalMs]);
  return now;
}
