import { createMemoryStore } from './memory/memory.ts';
import { describeStore } from './store.contract.ts';

describeStore('memory', () => Promise.resolve(createMemoryStore()));
