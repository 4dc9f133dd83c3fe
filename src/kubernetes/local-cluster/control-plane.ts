import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterLayout } from './cluster-layout.ts';
import { kubeconfigOf } from './cluster-layout.ts';
import type { ComponentSpec } from './component.ts';

const SERVICES = '10.96.0.0/16';
const ISSUER = 'https://kubernetes.default.svc';

/**
 * etcd, with an fsync for each write: what was acknowledged is there after a power cut. It answers only to who holds a
 * certificate of this cluster, since on loopback every user of the machine could ask it.
 */
export function etcd({ state, stateDir, logs, pki }: ClusterLayout): ComponentSpec {
  const [client, peer] = [`https://127.0.0.1:${state.etcdPort}`, `https://127.0.0.1:${state.etcdPeerPort}`];
  const tls = (prefix: string) => [
    ...[`--${prefix}cert-file=${join(pki, 'etcd.crt')}`, `--${prefix}key-file=${join(pki, 'etcd.key')}`],
    ...[`--${prefix}client-cert-auth`, `--${prefix}trusted-ca-file=${join(pki, 'ca.crt')}`],
  ];
  const data = join(stateDir, 'etcd');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return {
    name: 'etcd',
    logFile: join(logs, 'etcd.log'),
    stopSignal: 'SIGTERM',
    command: [
      'etcd',
      ...[`--data-dir=${data}`, '--logger=zap', '--log-level=warn', ...tls(''), ...tls('peer-')],
      ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
      ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`],
    ],
  };
}

/** CVE-2021-25741: in 1.20, a pod can have any file of the machine through a `subPath`. Its advisory says to do without. */
export const NO_SUBPATHS = '--feature-gates=VolumeSubpath=false';

export function apiServer(layout: ClusterLayout): ComponentSpec {
  const { bin, pki, state, tier, network, logs } = layout;
  const own = (name: string) => join(pki, name);
  const reach =
    tier === 'node'
      ? [`--bind-address=${network.nodeAddress}`, `--advertise-address=${network.nodeAddress}`]
      : ['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'];
  return {
    name: 'kube-apiserver',
    logFile: join(logs, 'kube-apiserver.log'),
    // It keeps nothing itself, and politely it would wait for everybody who watches.
    stopSignal: 'SIGKILL',
    command: [
      join(bin, 'kube-apiserver'),
      ...[`--etcd-servers=https://127.0.0.1:${state.etcdPort}`, `--etcd-cafile=${own('ca.crt')}`],
      ...[`--etcd-certfile=${own('etcd-client.crt')}`, `--etcd-keyfile=${own('etcd-client.key')}`],
      ...[`--secure-port=${state.apiPort}`, ...reach],
      ...['--authorization-mode=Node,RBAC', `--client-ca-file=${own('ca.crt')}`, '--anonymous-auth=true'],
      ...[`--tls-cert-file=${own('apiserver.crt')}`, `--tls-private-key-file=${own('apiserver.key')}`],
      ...[`--service-account-issuer=${ISSUER}`, `--api-audiences=${ISSUER}`],
      ...[`--service-account-key-file=${own('service-account.pub')}`],
      ...[`--service-account-signing-key-file=${own('service-account.key')}`],
      ...[`--service-cluster-ip-range=${SERVICES}`, '--allow-privileged=true'],
      ...[`--kubelet-client-certificate=${own('apiserver-kubelet.crt')}`],
      ...[`--kubelet-client-key=${own('apiserver-kubelet.key')}`, `--kubelet-certificate-authority=${own('ca.crt')}`],
      ...[
        '--kubelet-preferred-address-types=InternalIP',
        '--enable-admission-plugins=NodeRestriction,PodSecurityPolicy',
      ],
      NO_SUBPATHS,
      ...['--profiling=false', '--shutdown-delay-duration=0s'],
    ],
  };
}

export function controllerManager(layout: ClusterLayout): ComponentSpec {
  const { bin, pki, logs } = layout;
  const kubeconfig = kubeconfigOf(layout, 'controller-manager');
  return {
    name: 'kube-controller-manager',
    logFile: join(logs, 'kube-controller-manager.log'),
    stopSignal: 'SIGTERM',
    command: [
      join(bin, 'kube-controller-manager'),
      ...[`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`],
      ...[`--authorization-kubeconfig=${kubeconfig}`, '--bind-address=127.0.0.1', '--port=0', '--secure-port=0'],
      ...['--leader-elect=false', '--use-service-account-credentials=true'],
      ...[`--service-account-private-key-file=${join(pki, 'service-account.key')}`],
      ...[`--root-ca-file=${join(pki, 'ca.crt')}`, `--cluster-signing-cert-file=${join(pki, 'ca.crt')}`],
      ...[`--cluster-signing-key-file=${join(pki, 'ca.key')}`],
      // nodeipam alone costs ten seconds of the start; the others have nothing to do here.
      '--controllers=*,-nodeipam,-route,-cloud-node-lifecycle,-bootstrapsigner,-tokencleaner',
    ],
  };
}

export function scheduler(layout: ClusterLayout): ComponentSpec {
  const kubeconfig = kubeconfigOf(layout, 'scheduler');
  return {
    name: 'kube-scheduler',
    logFile: join(layout.logs, 'kube-scheduler.log'),
    stopSignal: 'SIGTERM',
    command: [
      join(layout.bin, 'kube-scheduler'),
      ...[`--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`],
      ...[`--authorization-kubeconfig=${kubeconfig}`, '--bind-address=127.0.0.1', '--port=0', '--secure-port=0'],
      '--leader-elect=false',
    ],
  };
}
