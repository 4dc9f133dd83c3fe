import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { AcknowledgedWork } from '../support/acknowledged-work.ts';
import { CurfewHouse, until } from '../support/curfew-process.ts';
import { PASSWORD, TestBrowser } from '../support/test-portal.ts';

const ROUNDS = 6;

it(`keeps all that it acknowledged, killed with -9 ${ROUNDS} times under load`, { timeout: 240_000 }, async () => {
  const house = new CurfewHouse();
  const work = new AcknowledgedWork();
  let portal = await house.serve();
  let ada = new TestBrowser(portal.url);
  const setup = { token: portal.setupToken, username: 'ada', password: PASSWORD };
  expect(await ada.send('POST', '/api/setup', setup)).toMatchObject({ status: 201 });

  for (let round = 0; round < ROUNDS; round++) {
    const before = work.counts;
    const load = work.begin(ada, `round-${round}`, 3);
    const grown = () => work.counts.every((count, index) => count > (before[index] ?? 0) + 1);
    await Promise.race([until(grown, 'something of each kind'), load.over]);
    await delay(Math.random() * 200);
    portal.signal('SIGKILL');
    await load.over;
    expect(await portal.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(house.processes()).toEqual([]);
    expect(grown()).toBe(true);
    portal = await house.serve();
    expect(portal.setupToken).toBeNull();
    ada = ada.at(portal.url);
    expect(await work.missingAt(ada)).toEqual([]);
  }
  expect(work.refusals).toEqual([]);
  expect(portal.stderr()).not.toMatch(/"level":(?:50|60)/);
});
