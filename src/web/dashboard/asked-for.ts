const RESOURCE =
  /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+)(?=\/))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;
const VERBS = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
/** How the API server itself says which permission is missing. */
const SAYS_IT = /cannot \S+ (?:resource|path) /;

/** What a refusal says, with the permission that is missing where the API server does not name it. */
export function withPermission(message: string, method: string, path: string): string {
  return SAYS_IT.test(message) ? message : `${message} (asked: ${wordsFor(method, path)})`;
}

/** A request as RBAC sees it: `list deployments.apps in the namespace dev`. */
function wordsFor(method: string, target: string): string {
  const { pathname, searchParams } = new URL(target, 'http://cluster');
  const [, group, namespace, plural, name, subresource] = RESOURCE.exec(pathname) ?? [];
  if (plural === undefined) return `${method.toLowerCase()} ${pathname}`;
  const reads = searchParams.get('watch') === '1' ? 'watch' : name === undefined ? 'list' : 'get';
  const verb = method === 'GET' ? reads : VERBS[method as keyof typeof VERBS];
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const of = group === undefined ? resource : `${resource}.${group}`;
  const which = name === undefined ? '' : ` ${decodeURIComponent(name)}`;
  const where = namespace === undefined ? 'in the whole cluster' : `in the namespace ${namespace}`;
  return `${verb} ${of}${which} ${where}`;
}
