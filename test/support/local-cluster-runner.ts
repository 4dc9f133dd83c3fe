import { pino } from 'pino';
import { createLocalCluster } from '../../src/kubernetes/local-cluster/local-cluster.ts';
import { createSystemClock } from '../../src/system/clock.ts';

// Runs a local cluster as the portal does, until SIGTERM, and prints its status as lines of JSON.
// Usage: node local-cluster-runner.ts CACHE STATE TIER

const [cacheDir = '', stateDir = '', tier = ''] = process.argv.slice(2);
const cluster = createLocalCluster({
  cacheDir,
  stateDir,
  tier: tier === 'api' || tier === 'auto' ? tier : 'node',
  clock: createSystemClock(),
  log: pino({ level: 'silent' }),
  onStatus: (status) => console.log(JSON.stringify(status)),
});
process.once('SIGTERM', () => void cluster.stop().then(() => process.exit(0)));
await cluster.start();
