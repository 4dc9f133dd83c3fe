import { PortalError } from '../../../core/portal-error.ts';
import { ApiError } from '../../clusters/own-api.ts';
import type { Permission } from './pod-api.ts';
import { pause, startPodSandbox } from './pod-sandbox.ts';
import type { PodParts } from './pod-sandbox.ts';

/** What deploy/shell-pods.yaml grants. A websocket is opened with GET, which some versions take for `create`. */
const NEEDED: readonly Permission[] = [
  { verb: 'create' },
  { verb: 'get' },
  { verb: 'list' },
  { verb: 'delete' },
  { verb: 'get', subresource: 'exec' },
  { verb: 'create', subresource: 'exec' },
];
const TRIAL = ['bash', '-c', 'kubectl version --client > /dev/null && echo works'];
const TRIAL_WITHIN_MS = 20_000;
const REMEDY = 'Apply deploy/shell-pods.yaml to it, with the names that are yours (guide: Operating).';

/**
 * Makes a pod exactly as a shell does, only that it says a word and ends.
 *
 * @returns a sentence for each thing that is missing; nothing where it works
 */
export async function probePods(parts: PodParts, isStillWanted: () => boolean): Promise<string[]> {
  const { clusterId, namespace, image } = parts.settings;
  const place = `the namespace ${namespace} of the cluster ${clusterId}`;
  try {
    const refused = await findRefused(parts);
    if (refused.length > 0) return [`Curfew may not ${refused.join(', ')} in ${place}. ${REMEDY}`];
    const said = await tryOut(parts, isStillWanted);
    if (/^works\r?\n$/.test(said) || !isStillWanted()) return [];
    return [`The image ${image} is of no use for shells: ${said.trim() || 'it lacks bash or kubectl'}.`];
  } catch (error) {
    if (error instanceof PortalError) return [error.message];
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 0)
      return [`The cluster ${clusterId}, in which shells are to run, cannot be asked: ${error.message}.`];
    if (error.status === 404) return [`There is no namespace ${namespace} in the cluster ${clusterId}. ${REMEDY}`];
    return [`No pod of a shell can be made in ${place}: ${error.message}.`];
  }
}

async function findRefused({ api }: PodParts): Promise<string[]> {
  const refused: string[] = [];
  for (const permission of NEEDED) {
    if (await api.mayI(permission)) continue;
    const { verb, subresource } = permission;
    refused.push(`${verb} ${subresource === undefined ? 'pods' : `pods/${subresource}`}`);
  }
  return refused;
}

/** @returns what the pod put out */
async function tryOut(parts: PodParts, isStillWanted: () => boolean): Promise<string> {
  let output = '';
  const exited = Promise.withResolvers<void>();
  const sandbox = await startPodSandbox(
    parts,
    {
      id: 'probe',
      clusterId: 'probe',
      namespace: null,
      size: { cols: 80, rows: 24 },
      listener: {
        output: (chunk) => void (output += chunk.toString()),
        drained: () => undefined,
        exited: () => exited.resolve(),
      },
      relayTarget: () => ({
        handleRequest: (_request, response) => void response.writeHead(503).end(),
        handleUpgrade: (_request, socket) => void socket.destroy(),
      }),
      isStillWanted,
    },
    TRIAL,
  );
  if (sandbox === null) return output;
  await Promise.race([exited.promise, pause(parts.clock, TRIAL_WITHIN_MS)]);
  await sandbox.destroy();
  return output;
}
