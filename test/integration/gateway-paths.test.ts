import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { PortalError } from '../../src/core/portal-error.ts';
import { createClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import type { ClusterDirectory } from '../../src/kubernetes/clusters/directory.ts';
import { loadKubeconfig } from '../../src/kubernetes/clusters/load-kubeconfig.ts';
import { parseApiRequest } from '../../src/kubernetes/gateway/api-request.ts';
import type { ApiRequest } from '../../src/kubernetes/gateway/api-request.ts';
import { splitTarget } from '../../src/kubernetes/gateway/request-target.ts';
import { createSystemClock } from '../../src/system/clock.ts';
import { pino } from 'pino';

/*
 * What the gateway makes of a path must be what the API server makes of it. A user without any rights is told by the
 * API server what he may not do, and that names the verb, the resource, the subresource, the group and the namespace.
 */

const CASES = 3000;
const NOBODY = 'curfew:nobody-at-all';
let directory: ClusterDirectory;

beforeAll(() => {
  const log = pino({ level: 'silent' });
  directory = createClusterDirectory(loadKubeconfig([inject('kubeconfigPath')]), { clock: createSystemClock(), log });
});
afterAll(() => directory.stop());

/** A generator with a seed, so that a failure can be repeated (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const WORDS = [
  ...['pods', 'pods', 'services', 'secrets', 'nodes', 'namespaces', 'namespaces', 'serviceaccounts', 'deployments'],
  ...['watch', 'proxy', 'exec', 'log', 'status', 'finalize', 'token', 'dev', 'web', 'a.b', 'system:x', 'v1', 'apps'],
  ...['%65xec', 'pods%2Fweb', '%2e%2e', '..', '.', '', 'a%20b', 'w%65b', '%252e', 'A', 'web%2Fexec', 'https:web:80'],
];
const STARTS = ['/api/v1', '/apis/apps/v1', '/api/v1/namespaces/dev', '/api/v1/watch', '/apis', '/api', ''];
const QUERIES = [
  '',
  '',
  '',
  '?watch=true',
  '?watch=0',
  '?%77atch=1',
  '?watch',
  '?limit=x&watch=1',
  '?follow=true',
  '?watch=true&watch=false',
  '?a=b;watch=1',
];
const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'];

function randomCase(random: (below: number) => number): { method: string; target: string } {
  const pick = (from: readonly string[]): string => from[random(from.length)] ?? '';
  const segments = Array.from({ length: random(6) }, () => pick(WORDS));
  const path = [pick(STARTS), ...segments].join('/') || '/';
  return { method: pick(METHODS), target: path + pick(QUERIES) };
}

const statusSchema = z.object({ message: z.string(), code: z.int() });

/** What the API server refuses, in its own words; null where it does not say (not found, or no Status). */
async function askServer(method: string, target: string): Promise<string | null> {
  const connection = await directory.find(directory.list()[0]?.id ?? '')?.connect();
  if (connection === undefined) throw new Error('There is no cluster.');
  // Not by a URL: making one would fold the path before it is sent.
  const { statusCode, body } = await connection.dispatcher.request({
    origin: connection.origin,
    path: target,
    method: method === 'HEAD' ? 'GET' : method,
    headers: { 'Impersonate-User': NOBODY, Accept: 'application/json' },
  });
  const text = await body.text();
  if (statusCode !== 403) return null;
  return statusSchema.parse(JSON.parse(text)).message;
}

/** The same words, made of what the gateway understood. */
function expected(understood: ApiRequest): RegExp {
  if (!understood.isResource) return new RegExp(`User "${NOBODY}" cannot [a-z]+ path "`);
  const { verb, resource, subresource, group, namespace } = understood;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return new RegExp(`${escape(`cannot ${verb} resource "${what}" in API group "${group}" ${where}`)}$`);
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

function understand(method: string, target: string): ApiRequest | null {
  try {
    return parseApiRequest(method, splitTarget(target));
  } catch (error) {
    if (error instanceof PortalError) return null;
    throw error;
  }
}

describe('paths, compared with the real API server', () => {
  it.each([1, 2])('are understood alike, seed %d', async (seed) => {
    const random = randomOf(seed);
    const cases = Array.from({ length: CASES / 2 }, () => randomCase(random));
    const differing: string[] = [];
    let compared = 0;
    let refused = 0;
    for (const { method, target } of cases) {
      const understood = understand(method, target);
      if (understood === null) {
        refused += 1;
        continue;
      }
      const said = await askServer(method, target);
      if (said === null) continue;
      if (understood.isResource) compared += 1;
      if (!expected(understood).test(said)) differing.push(`${method} ${target}: ${said}`);
    }
    expect(differing).toEqual([]);
    // The comparison is worth something only where both sides said something.
    expect(compared).toBeGreaterThan(CASES / 10);
    expect(refused).toBeGreaterThan(CASES / 10);
  });
});
