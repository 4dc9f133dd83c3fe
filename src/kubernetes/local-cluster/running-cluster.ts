import { readFileSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import { importImages, kubectl } from './cluster-api.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { curfewRoles } from './cluster-roles.ts';
import { CommandError } from './command.ts';
import { startComponent } from './component.ts';
import type { Component, ComponentSpec } from './component.ts';
import { apiServer, controllerManager, etcd, scheduler } from './control-plane.ts';
import { poll } from './delay.ts';
import { PAUSE_IMAGE, TOOLS_IMAGE } from './images.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { containerd, kubeProxy, kubelet } from './node-components.ts';
import { clearMachine, namespaceFiles } from './node-machine.ts';
import { podSecurityPolicies } from './pod-security.ts';
import type { ProcessLedger } from './process-ledger.ts';

const READY_WITHIN_MS = 120_000;
const LOG_TAIL_LINES = 5;

export interface ClusterPorts {
  readonly clock: Clock;
  readonly ledger: ProcessLedger;
  readonly signal: AbortSignal;
  /** How far the start is, from 0 to 1. */
  advance(fraction: number): void;
  /** A part ended by itself while the cluster was up. */
  died(message: string): void;
}

/** A cluster whose parts run; they are stopped in the reverse order of their start. */
export class RunningCluster {
  readonly #layout: ClusterLayout;
  readonly #ports: ClusterPorts;
  readonly #components: Component[] = [];
  /** Whether it is up: only then is it news when a part ends. */
  #isUp = false;

  constructor(layout: ClusterLayout, ports: ClusterPorts) {
    this.#layout = layout;
    this.#ports = ports;
  }

  /**
   * Starts every part and waits until the cluster is usable.
   *
   * @returns the version, as the API server says it
   * @throws Error in plain words: which part failed, with the end of its log
   */
  async start(): Promise<string> {
    const layout = this.#layout;
    const isNode = layout.tier === 'node';
    await this.#run(etcd(layout));
    await this.#run(apiServer(layout));
    await this.#until('The API server did not become ready', async () =>
      (await kubectl(layout, ['get', '--raw', '/readyz'])) === 'ok' ? true : null,
    );
    this.#ports.advance(0.4);
    await this.#run(controllerManager(layout));
    await kubectl(layout, ['apply', '--filename=-'], podSecurityPolicies());
    // An earlier Curfew may have bound a name to another role, which `apply` cannot change.
    await kubectl(layout, ['auth', 'reconcile', '--filename=-'], curfewRoles());
    await this.#run(namespaceRoles(layout));
    if (isNode) await this.#startNode();
    await this.#until('The default service account did not appear', () =>
      kubectl(layout, ['--namespace=default', 'get', 'serviceaccount', 'default', '--output=name']),
    );
    this.#isUp = true;
    const { gitVersion } = JSON.parse(await kubectl(layout, ['get', '--raw', '/version'])) as { gitVersion: string };
    return gitVersion;
  }

  /** Stops everything and leaves nothing on the machine. */
  async stop(): Promise<void> {
    this.#isUp = false;
    const isNode = this.#layout.tier === 'node';
    for (const component of this.#components.splice(0).toReversed()) {
      await component.stop();
      // The pods go once nobody restarts them, and while the network that they are in is still there.
      if (isNode && component.spec.name === 'kubelet') await clearMachine(this.#layout, this.#ports.clock);
    }
    if (isNode) await clearMachine(this.#layout, this.#ports.clock);
  }

  async #startNode(): Promise<void> {
    const layout = this.#layout;
    await this.#run(scheduler(layout));
    await this.#run(containerd(layout));
    await this.#until('containerd did not answer', async () => {
      await importImages(layout, { 'pause.tar': PAUSE_IMAGE, 'tools.tar': TOOLS_IMAGE });
      return true;
    });
    this.#ports.advance(0.7);
    await this.#run(kubelet(layout));
    await this.#run(kubeProxy(layout));
    // A heartbeat of this run: what an earlier one said of the node is still there.
    const condition = ".status.conditions[?(@.type=='Ready')]";
    const readiness = `--output=jsonpath={${condition}.status} {${condition}.lastHeartbeatTime}`;
    const startedAt = Math.floor(this.#ports.clock.now() / 1000) * 1000;
    await this.#until('The node did not become ready', async () => {
      const [isReady, at = ''] = (await kubectl(layout, ['get', 'node', 'node1', readiness])).split(' ');
      return isReady === 'True' && Date.parse(at) >= startedAt ? true : null;
    });
  }

  async #run(spec: ComponentSpec): Promise<void> {
    const { ledger, clock, signal, died } = this.#ports;
    signal.throwIfAborted();
    const component = await startComponent(this.#inNode(spec), ledger, clock);
    this.#components.push(component);
    void component.ended.then(() => {
      if (!this.#isUp) return;
      this.#isUp = false;
      died(`${spec.name} ended by itself. ${tailOf(spec.logFile)}`);
    });
  }

  /** The node tier lives in namespaces of its own; nothing of it listens on the machine's addresses. */
  #inNode(spec: ComponentSpec): ComponentSpec {
    const { tier, stateDir } = this.#layout;
    if (tier !== 'node') return spec;
    const { net, mount } = namespaceFiles(stateDir);
    return { ...spec, command: ['nsenter', `--net=${net}`, `--mount=${mount}`, ...spec.command] };
  }

  async #until(failure: string, ask: () => Promise<string | true | null>): Promise<void> {
    const { clock, signal } = this.#ports;
    const patient = async () => {
      const dead = this.#components.find((component) => component.hasEnded());
      if (dead !== undefined) throw new Error(`${dead.spec.name} could not start. ${tailOf(dead.spec.logFile)}`);
      return ask().catch((error: unknown) => {
        if (error instanceof CommandError) return null;
        throw error;
      });
    };
    const answer = await poll(patient, { clock, everyMs: 100, forMs: READY_WITHIN_MS, signal });
    if (answer === null)
      throw new Error(`${failure} within ${READY_WITHIN_MS / 60_000} minutes. See ${this.#layout.logs}.`);
  }
}

function tailOf(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  return `The end of ${file}:\n${lines}`;
}
