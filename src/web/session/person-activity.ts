const RECENTLY_MS = 5000;
const EVENTS = ['keydown', 'pointerdown', 'wheel', 'touchstart', 'paste', 'compositionend'] as const;

/** Knows when a person last did something in this page. Events that a script made do not count. */
export interface PersonActivity {
  /** Whether a person did something within the last seconds: a request of this moment is then theirs. */
  isRecent(): boolean;
  listen(listener: () => void): () => void;
}

export function watchPersonActivity(target: EventTarget = globalThis.window): PersonActivity {
  const listeners = new Set<() => void>();
  let lastAt = Number.NEGATIVE_INFINITY;
  const noteActivity = (event: Event): void => {
    if (!event.isTrusted) return;
    lastAt = performance.now();
    for (const listener of listeners) listener();
  };
  for (const name of EVENTS) target.addEventListener(name, noteActivity, { capture: true, passive: true });
  return {
    isRecent: () => performance.now() - lastAt < RECENTLY_MS,
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
