import type { FrameFollower } from './websocket-frames.ts';

/** Frames of remote commands are at most 32 KiB; of what is longer, the parts are passed on as they come. */
const MAX_HELD_BYTES = 64 * 1024;

/** Passes on whole frames, so that a message of ours can be put behind them at any moment. */
export interface WholeFrames {
  /** @returns what may go to the client now */
  pass(chunk: Uint8Array): readonly Uint8Array[];
  /** What is held back still, when the other side is done. */
  rest(): readonly Uint8Array[];
  /** Whether the client has whole frames only. */
  atBoundary(): boolean;
}

const NOTHING: readonly Uint8Array[] = [];

export function passWholeFrames(follower: FrameFollower): WholeFrames {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let passedPart = false;

  const takeHeld = (): Uint8Array[] => {
    const all = held;
    held = [];
    heldBytes = 0;
    return all;
  };
  return {
    pass(chunk) {
      const boundary = follower.follow(chunk);
      if (follower.atBoundary()) {
        passedPart = false;
        return heldBytes === 0 ? [chunk] : [...takeHeld(), chunk];
      }
      const whole = boundary > 0 ? [...takeHeld(), chunk.subarray(0, boundary)] : NOTHING;
      if (boundary > 0) passedPart = false;
      held.push(boundary > 0 ? chunk.subarray(boundary) : chunk);
      heldBytes += chunk.length - boundary;
      if (!passedPart && heldBytes <= MAX_HELD_BYTES) return whole;
      passedPart = true;
      return [...whole, ...takeHeld()];
    },
    rest: takeHeld,
    atBoundary: () => !passedPart,
  };
}
