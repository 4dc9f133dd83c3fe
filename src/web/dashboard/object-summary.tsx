import { Badge, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { z } from 'zod';
import { RelativeTime } from '../words/time-text.tsx';
import classes from './dashboard.module.css';
import { kindFacts } from './kind-facts.ts';
import { LAST_APPLIED, selectorOf } from './kubernetes-object.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { ObjectPorts } from './object-ports.tsx';
import type { ResourceType } from './resource-type.ts';
import type { Dashboard } from './use-dashboard.ts';

interface Props {
  readonly dashboard: Dashboard;
  readonly type: ResourceType;
  readonly object: KubernetesObject;
}

const labelsSchema = z.record(z.string(), z.string());

/** Where an object stands: its age, owners, pods, labels, conditions, and the contents of what is plain text. */
export function ObjectSummary({ dashboard, type, object }: Props) {
  const { metadata, status } = object;
  const owners = metadata.ownerReferences ?? [];
  const selector = type.plural === 'pods' ? null : selectorOf(object);
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== LAST_APPLIED);
  return (
    <Stack gap="md">
      <dl className={classes['facts']}>
        {metadata.creationTimestamp !== null && (
          <Fact name="Created">
            <RelativeTime at={metadata.creationTimestamp} />
          </Fact>
        )}
        {metadata.deletionTimestamp !== null && (
          <Fact name="Being deleted">
            since <RelativeTime at={metadata.deletionTimestamp} />
          </Fact>
        )}
        {kindFacts(object).map(({ name, text, to }) => (
          <Fact key={name} name={name}>
            {to === undefined ? (
              <bdi style={{ whiteSpace: 'pre-line' }}>{text}</bdi>
            ) : (
              <Link
                to="/clusters/$cluster/dashboard"
                from="/clusters/$cluster/dashboard"
                search={({ tenant }) => ({ tenant, ...to })}
              >
                {text}
              </Link>
            )}
          </Fact>
        ))}
        {owners.length > 0 && (
          <Fact name="Owned by">
            {owners.map((owner) => (
              <Owner key={owner.uid} types={dashboard.discovery.types} owner={owner} namespace={metadata.namespace} />
            ))}
          </Fact>
        )}
        {selector !== null && (
          <Fact name="Pods">
            <Link
              to="/clusters/$cluster/dashboard"
              from="/clusters/$cluster/dashboard"
              search={({ tenant }) => ({ tenant, kind: 'v1/pods', namespace: metadata.namespace, labels: selector })}
            >
              those with {selector}
            </Link>
          </Fact>
        )}
        <Fact name="Labels">
          <Pairs pairs={Object.entries(metadata.labels ?? {})} />
        </Fact>
        <Fact name="Annotations">
          <Pairs pairs={annotations} />
        </Fact>
      </dl>
      <ObjectPorts object={object} />
      {(status?.conditions ?? []).length > 0 && <Conditions conditions={status?.conditions ?? []} />}
      <Contents object={object} />
    </Stack>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Pairs({ pairs }: { pairs: [string, string][] }) {
  if (pairs.length === 0)
    return (
      <Text span size="sm" c="dimmed">
        None
      </Text>
    );
  return pairs.map(([key, value]) => (
    <div key={key}>
      {key}: <bdi>{shorten(value)}</bdi>
    </div>
  ));
}

interface OwnerProps {
  readonly types: readonly ResourceType[];
  readonly owner: NonNullable<KubernetesObject['metadata']['ownerReferences']>[number];
  readonly namespace: string | undefined;
}

function Owner({ types, owner, namespace }: OwnerProps) {
  const group = owner.apiVersion.includes('/') ? (owner.apiVersion.split('/')[0] ?? '') : '';
  const type = types.find((each) => each.kind === owner.kind && each.group === group);
  const words = `${owner.kind} ${owner.name}`;
  if (type === undefined) return <div>{words}</div>;
  return (
    <div>
      <Link
        to="/clusters/$cluster/dashboard"
        from="/clusters/$cluster/dashboard"
        search={({ tenant }) => ({
          ...{ tenant, kind: type.key, name: owner.name },
          of: type.namespaced ? namespace : undefined,
        })}
      >
        {words}
      </Link>
    </div>
  );
}

function Conditions({
  conditions,
}: {
  conditions: NonNullable<NonNullable<KubernetesObject['status']>['conditions']>;
}) {
  return (
    <section aria-labelledby="conditions">
      <Title order={2} size="h5" id="conditions">
        Conditions
      </Title>
      <Table.ScrollContainer minWidth={600}>
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Type</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Reason</Table.Th>
              <Table.Th>Message</Table.Th>
              <Table.Th>Since</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {conditions.map(({ type, status, reason, message, lastTransitionTime }) => (
              <Table.Tr key={type}>
                <Table.Td>{type}</Table.Td>
                <Table.Td>
                  <Badge variant="default" tt="none">
                    {status}
                  </Badge>
                </Table.Td>
                <Table.Td>{reason}</Table.Td>
                <Table.Td>{message}</Table.Td>
                <Table.Td>{lastTransitionTime !== null && <RelativeTime at={lastTransitionTime} />}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}

const MOST_CHARACTERS = 2000;
const MOST_KEYS = 500;

/** What is in a ConfigMap, or in a Secret that was shown. Much of it is cut off: the YAML has it whole. */
function Contents({ object }: { object: KubernetesObject }) {
  const isSecret = object.kind === 'Secret';
  if (!isSecret && object.kind !== 'ConfigMap') return null;
  const data = Object.entries(labelsSchema.safeParse(object['data']).data ?? {});
  const more = data.length - MOST_KEYS;
  return (
    <dl className={classes['facts']}>
      {data.slice(0, MOST_KEYS).map(([key, value]) => (
        <Fact key={key} name={key}>
          <Text size="sm" ff="monospace" style={{ whiteSpace: 'pre-wrap' }}>
            <bdi>{shorten(isSecret ? decode(value) : value)}</bdi>
          </Text>
        </Fact>
      ))}
      {more > 0 && <Fact name="More">{more} keys, which the YAML has.</Fact>}
    </dl>
  );
}

function shorten(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}… (${text.length} characters)` : text;
}

/** A Secret's value as text; as base64 where it is no UTF-8. */
function decode(base64: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)),
    );
  } catch {
    // Bytes that are no text.
    return base64;
  }
}
