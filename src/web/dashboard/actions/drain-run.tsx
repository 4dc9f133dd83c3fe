import { Button, Group, Loader, Modal, Progress, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { sentenceOf } from '../../api/api-error.ts';
import { FormAlert } from '../../forms/form-alert.tsx';
import { ResourceList } from '../resource-list.ts';
import type { Dashboard } from '../use-dashboard.ts';
import { drain } from './drain.ts';
import type { Eviction } from './drain.ts';
import type { Loss, NodePod } from './node-pods.ts';
import { progressOf, summaryOf } from './pod-progress.ts';

interface Props {
  readonly dashboard: Dashboard;
  readonly node: string;
  readonly agreed: ReadonlySet<Loss>;
  readonly onClose: () => void;
}

/** Drains a node, and shows where each of its pods stands. */
export function DrainRun({ dashboard, node, agreed, onClose }: Props) {
  const { pods, progress, problem, isOver, stop } = useDrain({ dashboard, node, agreed });
  const gone = progress.filter(({ phase }) => phase === 'gone').length;
  const going = progress.filter(({ phase }) => phase !== 'stays').length;
  return (
    <Modal
      opened
      size="lg"
      title={`Draining Node ${node}`}
      onClose={isOver ? onClose : stop}
      closeOnClickOutside={false}
    >
      <Stack gap="sm">
        <FormAlert>{problem}</FormAlert>
        {pods === null ? (
          problem === null && (
            <Group gap="sm" role="status">
              <Loader size="sm" /> Cordoning {node}…
            </Group>
          )
        ) : (
          <>
            <Text size="sm" role="status">
              {summaryOf(progress)}
              {isOver && gone < going && ' It is stopped, and the node stays cordoned.'}
            </Text>
            <Progress value={going === 0 ? 100 : (100 * gone) / going} aria-label="Pods that are gone" />
            <ScrollArea.Autosize mah="50dvh" viewportProps={{ tabIndex: 0 }}>
              <Table verticalSpacing={4} layout="fixed" style={{ overflowWrap: 'anywhere' }}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Pod</Table.Th>
                    <Table.Th>State</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {pods.map(({ uid, namespace, name }, index) => (
                    <Table.Tr key={uid}>
                      <Table.Td>
                        {namespace}/{name}
                      </Table.Td>
                      <Table.Td>{progress[index]?.text}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </ScrollArea.Autosize>
          </>
        )}
        <Group justify="flex-end">
          {isOver ? (
            <Button onClick={onClose} data-autofocus>
              Close
            </Button>
          ) : (
            <Button variant="default" onClick={stop} data-autofocus>
              Stop
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function useDrain({ dashboard: { api, streams }, node, agreed }: Omit<Props, 'onClose'>) {
  const [pods, setPods] = useState<NodePod[] | null>(null);
  const [evictions, setEvictions] = useState<ReadonlyMap<string, Eviction>>(new Map());
  const [problem, setProblem] = useState<string | null>(null);
  const [isStopped, setStopped] = useState(false);

  const list = useMemo(
    () =>
      new ResourceList(api, streams, {
        ...{ path: '/api/v1/pods', labels: '', fields: `spec.nodeName=${node}`, canWatch: true },
      }),
    [api, streams, node],
  );
  useEffect(() => {
    list.load();
    return () => list.stop();
  }, [list]);
  const { rows, columns } = useSyncExternalStore(list.subscribe, list.state);

  const stopping = useRef<AbortController>(null);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    stopping.current = controller;
    // Once it is mounted for good: development mounts everything twice.
    const begin = setTimeout(() => {
      const told = ({ uid }: NodePod, eviction: Eviction): void =>
        setEvictions((before) => new Map(before).set(uid, eviction));
      drain({ api, node, agreed, signal, found: setPods, told, wait }).catch((error: unknown) => {
        if (signal.aborted) return;
        setProblem(sentenceOf(error));
        setStopped(true);
      });
    }, 0);
    return () => {
      clearTimeout(begin);
      controller.abort();
    };
  }, [api, node, agreed]);

  const isListed = columns.length > 0;
  const progress = (pods ?? []).map((pod) =>
    progressOf(pod, evictions.get(pod.uid), agreed, !isListed || rows.has(pod.uid)),
  );
  const isOver = isStopped || (pods !== null && progress.every(({ phase }) => phase !== 'left'));
  const stop = (): void => {
    stopping.current?.abort();
    setStopped(true);
  };
  return { pods, progress, problem, isOver, stop };
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
