import { describe, expect, it } from 'vitest';
import { freeMemory, requireForBuild, requireForData } from './requirements.ts';

const GB = 1e9;
const supplies = (free: number, memory: number) => ({
  freeBytes: () => Promise.resolve(free),
  memoryBytes: () => Promise.resolve(memory),
});

describe('a build', () => {
  it('begins where there is enough', async () => {
    await expect(requireForBuild('/cache', supplies(5 * GB, 3 * GB))).resolves.toBeUndefined();
  });

  it('is refused where there is too little space, with how much and where', async () => {
    await expect(requireForBuild('/cache', supplies(4.99 * GB, 3 * GB))).rejects.toThrow(
      'Building takes up to 5 GB of space in /cache, of which 0.5 GB stay, and 3 GB of memory. ' +
        'Only 4.9 GB are free there. Make room, or choose another folder with --cache-dir.',
    );
  });

  it('is refused where there is too little memory', async () => {
    await expect(requireForBuild('/cache', supplies(5 * GB, 1.26 * GB))).rejects.toThrow(
      /Only 1\.2 GB of memory are free\. Stop something, or add swap\.$/,
    );
  });
});

describe("a cluster's data", () => {
  it('needs more where a node is', async () => {
    await expect(requireForData('/data', 'api', supplies(1 * GB, 0))).resolves.toBeUndefined();
    await expect(requireForData('/data', 'node', supplies(1 * GB, 0))).rejects.toThrow(
      'The local cluster needs 2 GB of space for its data in /data, and only 1 GB are free there.',
    );
  });

  it('is measured on this machine', async () => {
    await expect(requireForData('/proc', 'api')).rejects.toThrow('only 0 GB are free there');
  });
});

it('counts what can be had of memory, and swap', () => {
  const meminfo =
    'MemTotal:       24000000 kB\nMemFree:          100 kB\nMemAvailable:    1000 kB\nSwapFree:        24 kB\n';
  expect(freeMemory(meminfo)).toBe(1024 * 1024);
});
