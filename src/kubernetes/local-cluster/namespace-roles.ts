import { join } from 'node:path';
import type { ClusterLayout } from './cluster-layout.ts';
import { EDITORS_BINDING } from './cluster-roles.ts';
import type { ComponentSpec } from './component.ts';

/**
 * Watches the namespaces and binds users in each as soon as it is there: RBAC cannot say "everywhere but". Left out are
 * those that begin with `kube-`: the system's, and whatever administrators want for themselves.
 *
 * A watch ends now and then, by the API server's own will, and begins anew. It also names namespaces that are being
 * deleted: in these nothing can be applied, and the log says so.
 */
const WATCH = `
kubectl=$1 binding=$2
kubectl() { "$kubectl" "$@"; }
while :; do
  kubectl get namespaces --watch --output=name | while read -r name; do
    case $name in
      namespace/kube-*) ;;
      *) echo "$binding" | kubectl apply --namespace="\${name#namespace/}" --filename=- ;;
    esac
  done
  sleep 1
done
`;

/** Gives users `edit` in the namespaces that are theirs. */
export function namespaceRoles(layout: ClusterLayout): ComponentSpec {
  const environment = [`KUBECONFIG=${layout.adminKubeconfig}`, `HOME=${layout.stateDir}`];
  const args = [join(layout.bin, 'kubectl'), JSON.stringify(EDITORS_BINDING)];
  return {
    name: 'namespace-roles',
    logFile: join(layout.logs, 'namespace-roles.log'),
    stopSignal: 'SIGKILL',
    command: ['env', ...environment, 'sh', '-c', WATCH, 'sh', ...args],
  };
}
