import { once } from 'node:events';
import { openSqliteStore } from '../../src/store/sqlite.ts';

// Opens a database when told to on standard input, writes sign-ins and settings to it, and prints what became of that.
// Usage: node store-opener.ts FILE RUN WRITES

const [file = '', run = '', writes = ''] = process.argv.slice(2);
process.umask(0o077);
console.log('ready');
await once(process.stdin, 'data');
const store = await openSqliteStore(file);
const userId = `u-${run}`;
await store.insertUser(
  { id: userId, username: userId, role: 'User', readOnly: false, disabledAt: null, createdAt: 0 },
  'hash',
  { at: 0, event: 'user.created', actor: null, subject: null, address: null, sentence: 'x' },
);
for (let count = 0; count < Number(writes); count++) {
  await store.insertSession(
    {
      id: `${run}-${count}`,
      kind: 'portal',
      userId,
      parentId: null,
      clusterId: null,
      tenantId: null,
      startedAt: count,
      lastActivityAt: count,
      end: null,
    },
    null,
    { at: count, event: 'session.started', actor: null, subject: null, address: null, sentence: 'x' },
  );
  // Reads before it writes, in one transaction, and all processes write the same row.
  await store.writeSetting({ type: 'Flags', key: 'shared', value: `${run}-${count}`, by: userId, at: count }, null, {
    at: count,
    event: 'config.set',
    actor: null,
    subject: null,
    address: null,
    sentence: 'x',
  });
}
await store.close();
console.log('done');
process.exit();
