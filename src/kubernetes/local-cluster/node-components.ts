import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClusterLayout } from './cluster-layout.ts';
import { kubeconfigOf } from './cluster-layout.ts';
import type { ComponentSpec } from './component.ts';
import { NO_SUBPATHS } from './control-plane.ts';
import { PAUSE_IMAGE } from './images.ts';

const PODS = '10.244.0.0/24';

export function containerdSocket({ stateDir }: ClusterLayout): string {
  return join(stateDir, 'containerd', 'containerd.sock');
}

/** Runs the containers of pods. What it keeps between runs is images; what ran is gone, as after a reboot. */
export function containerd(layout: ClusterLayout): ComponentSpec {
  const folder = join(layout.stateDir, 'containerd');
  const config = join(folder, 'config.toml');
  rmSync(join(folder, 'state'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeCniConfig(layout);
  writeFileSync(config, containerdConfig(layout, folder));
  return {
    name: 'containerd',
    logFile: join(layout.logs, 'containerd.log'),
    stopSignal: 'SIGTERM',
    command: ['containerd', '--config', config],
  };
}

export function kubelet(layout: ClusterLayout): ComponentSpec {
  const { bin, stateDir, network, logs } = layout;
  const config = join(stateDir, 'kubelet.yaml');
  writeFileSync(config, stringify(kubeletConfig(layout)), { mode: 0o600 });
  return {
    name: 'kubelet',
    logFile: join(logs, 'kubelet.log'),
    stopSignal: 'SIGTERM',
    command: [
      join(bin, 'kubelet'),
      ...[`--config=${config}`, `--kubeconfig=${kubeconfigOf(layout, 'kubelet')}`],
      ...[`--root-dir=${join(stateDir, 'kubelet')}`, '--container-runtime=remote'],
      ...[`--container-runtime-endpoint=unix://${containerdSocket(layout)}`],
      ...[`--node-ip=${network.nodeAddress}`, '--hostname-override=node1', NO_SUBPATHS],
    ],
  };
}

/** Makes the addresses of services work inside the node. */
export function kubeProxy(layout: ClusterLayout): ComponentSpec {
  return {
    name: 'kube-proxy',
    logFile: join(layout.logs, 'kube-proxy.log'),
    stopSignal: 'SIGTERM',
    command: [
      join(layout.bin, 'kube-proxy'),
      ...[`--kubeconfig=${kubeconfigOf(layout, 'proxy')}`, '--hostname-override=node1', '--proxy-mode=iptables'],
      ...[`--cluster-cidr=${PODS}`, `--bind-address=${layout.network.nodeAddress}`],
      ...['--healthz-bind-address=127.0.0.1', '--metrics-bind-address=127.0.0.1'],
      // Settings of the machine's kernel: they are not the cluster's to change.
      ...[
        '--conntrack-max-per-core=0',
        '--conntrack-tcp-timeout-established=0',
        '--conntrack-tcp-timeout-close-wait=0',
      ],
    ],
  };
}

function containerdConfig(layout: ClusterLayout, folder: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const snapshotters = ['btrfs', 'zfs', 'devmapper', 'aufs'].map((name) => `"io.containerd.snapshotter.v1.${name}"`);
  return `version = 2
root = "${join(folder, 'root')}"
state = "${join(folder, 'state')}"
disabled_plugins = ["io.containerd.internal.v1.opt", ${snapshotters.join(', ')}]
[grpc]
  address = "${containerdSocket(layout)}"
[${cri}]
  sandbox_image = "${PAUSE_IMAGE}"
  stream_server_address = "127.0.0.1"
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true
  [${cri}.containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [${cri}.containerd.runtimes.runc.options]
        SystemdCgroup = false
  [${cri}.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(layout.stateDir, 'cni')}"
`;
}

function writeCniConfig({ stateDir }: ClusterLayout): void {
  const [folder, addresses] = [join(stateDir, 'cni'), join(stateDir, 'cni-addresses')];
  // No pod runs at a start: every address is free again.
  rmSync(addresses, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ipam = { type: 'host-local', ranges: [[{ subnet: PODS }]], routes: [{ dst: '0.0.0.0/0' }], dataDir: addresses };
  const plugins = [
    { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true, ipam },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  writeFileSync(join(folder, '10-bridge.conflist'), JSON.stringify({ cniVersion: '0.4.0', name: 'local', plugins }));
}

function kubeletConfig({ pki, stateDir, network }: ClusterLayout): object {
  const resolvConf = join(stateDir, 'resolv.conf');
  writeFileSync(resolvConf, 'nameserver 127.0.0.53\n');
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.nodeAddress,
    port: 10_250,
    healthzBindAddress: '127.0.0.1',
    tlsCertFile: join(pki, 'kubelet-server.crt'),
    tlsPrivateKeyFile: join(pki, 'kubelet-server.key'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: true,
    cgroupRoot: `/${network.cgroup}`,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    resolvConf,
    clusterDomain: 'cluster.local',
    volumePluginDir: join(stateDir, 'kubelet-plugins'),
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1Gi', 'imagefs.available': '1Gi' },
    // The images come from no registry: one that is collected is gone.
    imageGCHighThresholdPercent: 100,
    nodeStatusUpdateFrequency: '1s',
    syncFrequency: '10s',
  };
}
