import type { ApiRequest } from './api-request.ts';

/** What the API server answers with names and labels alone. */
const WITHOUT_DATA =
  /^application\/json;as=(Table|PartialObjectMetadata|PartialObjectMetadataList);v=v1;g=meta\.k8s\.io$/;
const WITHOUT_OBJECTS = new Set(['', 'None', 'Metadata']);

/**
 * Whether the answer to a request may hold what is in Secrets: whatever is not known to leave it out.
 *
 * @param accept the header; several of one name are joined
 */
export function showsSecrets({ resource, search }: ApiRequest, accept: string | undefined): boolean {
  if (resource !== 'secrets') return false;
  const form = WITHOUT_DATA.exec(accept ?? '')?.[1];
  if (form === undefined) return true;
  return new URLSearchParams(search).getAll('includeObject').some((each) => !WITHOUT_OBJECTS.has(each));
}
