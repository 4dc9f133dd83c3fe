/**
 * Where a redirect may send the client: below the same cluster's path at the gateway, or nowhere. Curfew follows none.
 *
 * @param gatewayPath what the client's path begins with before the API's, e.g. `/k8s/clusters/demo`; empty in a shell
 * @param basePath the path of the cluster's server, to be taken off
 * @returns the new `Location`; null where it leads somewhere else
 */
export function rewriteLocation(location: string, gatewayPath: string, basePath: string): string | null {
  const local = location.startsWith('/') && !location.startsWith('//') && !location.includes('\\');
  if (!local || !location.startsWith(`${basePath}/api`)) return null;
  const path = location.slice(basePath.length);
  return path.split(/[?#]/, 1)[0]?.split('/').includes('..') === true ? null : `${gatewayPath}${path}`;
}
