import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { startPodHouse } from './shell-pod-house.ts';
import { oddSeconds, pidsOf, until } from './shell-terminal.ts';

/** A process with one shell in a pod and something running in it, which the test kills: it says what it started and waits. */
const house = await startPodHouse(JSON.parse(process.argv[2] ?? '') as Parameters<typeof startPodHouse>[0]);
const terminal = await house.open(createTestSession({ clock: house.clock }));
const command = `sleep ${oddSeconds()}`;
await terminal.run(`setsid ${command} &`);
await until(() => pidsOf(command).length === 1, 'the process');
console.log(JSON.stringify({ command }));
