import type { Pty, PtyListener } from './pty.ts';
import type { RelayTarget } from './relay.ts';

/** Makes the sandboxes that shells run in: on this machine (`machine-workshop.ts`), or as pods (`pod/pod-workshop.ts`). */
export interface ShellWorkshop {
  /** Why it makes none at the moment: a sentence for each thing that is missing, with what to do. */
  missing(): readonly string[];
  /**
   * @returns null when it was no longer wanted
   * @throws PortalError `shell-unavailable`
   */
  start(request: SandboxRequest): Promise<Sandbox | null>;
  /** Gives back what is no shell's own, once all sandboxes are gone. */
  close(): void | Promise<void>;
}

/** A running sandbox. */
export interface Sandbox {
  readonly pty: Pty;
  /** Stops everything at once: no connection, no process. Idempotent. */
  cut(): void;
  /** Cuts, and resolves once nothing of it is left; false where something would not go. */
  destroy(): Promise<boolean>;
}

export interface SandboxRequest {
  readonly id: string;
  readonly clusterId: string;
  /** Where kubectl looks first; null for `default`. */
  readonly namespace: string | null;
  readonly size: { readonly cols: number; readonly rows: number };
  readonly listener: PtyListener;
  relayTarget(): RelayTarget;
  /** Asked right before something starts; when it says no, nothing is started. */
  isStillWanted(): boolean;
}
