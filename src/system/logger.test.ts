import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function capture() {
  const lines: string[] = [];
  return { lines, logger: createLogger('info', false, { write: (line: string) => void lines.push(line) }) };
}

const SECRET = 'correct horse battery staple';

it.each(['password', 'currentPassword', 'newPassword', 'token', 'authorization', 'cookie', 'secret', 'kubeconfig'])(
  'never writes a %s, nor one inside of something',
  (field) => {
    const { lines, logger } = capture();
    logger.info({ [field]: SECRET }, 'top');
    logger.warn({ body: { [field]: SECRET } }, 'inside');
    logger.error({ request: { headers: { [field]: SECRET } } }, 'deep');
    logger.child({ [field]: SECRET }).info('child');
    expect(lines).toHaveLength(4);
    expect(lines.join()).not.toContain(SECRET);
    expect(lines.filter((line) => line.includes('[secret]'))).toHaveLength(4);
  },
);

it('writes one line of JSON each, from its level on, with the time and no process', () => {
  const { lines, logger } = capture();
  logger.debug('too quiet');
  logger.info({ session: 'ps_1' }, 'started');
  expect(lines).toHaveLength(1);
  const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(entry).toMatchObject({ level: 30, session: 'ps_1', msg: 'started' });
  expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(entry).not.toHaveProperty('pid');
});

it('does not change what it was given', () => {
  const body = { password: SECRET };
  capture().logger.info({ body }, 'kept');
  expect(body.password).toBe(SECRET);
});
