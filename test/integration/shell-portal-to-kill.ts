import { createTestSession } from '../../src/kubernetes/gateway/test-session.ts';
import { oddSeconds, pidsOf, startShellHouse, until } from './shell-terminal.ts';

/** A process with one shell and something running in it, which the test kills: it says what it started and waits. */
const house = await startShellHouse();
const terminal = await house.open(createTestSession({ clock: house.clock }));
const command = `sleep ${oddSeconds()}`;
await terminal.run(`setsid ${command} &`);
await until(() => pidsOf(command).length === 1, 'the process');
console.log(JSON.stringify({ command, folder: house.workshop.folder.path }));
