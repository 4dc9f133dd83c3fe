import { describeTerminal } from './shell-terminal.contract.ts';
import { startShellHouse } from './shell-terminal.ts';

describeTerminal(startShellHouse, 'socat -t 2 - TCP:127.0.0.1:8001');
