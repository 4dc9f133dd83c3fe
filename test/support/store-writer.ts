import { openSqliteStore } from '../../src/store/sqlite.ts';

// Writes to a database as fast as it can, and prints each write once it is acknowledged, until it is killed.
// Usage: node store-writer.ts FILE RUN

const [file = '', run = ''] = process.argv.slice(2);
const store = await openSqliteStore(file);
const record = (event: 'session.started' | 'session.ended' | 'config.set', at: number) => {
  return { at, event, actor: 'ada', subject: null, address: null, sentence: 'x' } as const;
};
await store.insertUser(
  { id: 'u', username: 'ada', role: 'Administrator', readOnly: false, disabledAt: null, createdAt: 0 },
  'hash',
  { ...record('config.set', 0), event: 'user.created' },
);
for (let count = 0; ; count++) {
  const id = `${run}-${count}`;
  const session = {
    id,
    kind: 'portal',
    userId: 'u',
    parentId: null,
    clusterId: null,
    tenantId: null,
    startedAt: count,
    lastActivityAt: count,
    end: null,
  } as const;
  await store.insertSession(
    session,
    { hash: id, sessionId: id, purpose: 'cookie', place: null },
    record('session.started', count),
  );
  console.log(`started ${id}`);
  if (count % 2 === 0) {
    await store.endSessions([
      {
        id,
        end: { at: count, reason: 'revoked', limit: null },
        lastActivityAt: 0,
        record: record('session.ended', count),
      },
    ]);
    console.log(`ended ${id}`);
  }
  if (count % 3 === 0) {
    const change = { type: 'Flags', key: id, value: String(count), by: 'ada', at: count };
    await store.writeSetting(change, null, record('config.set', count));
    console.log(`set ${id}`);
  }
}
