import { appendFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/** Where a line is written for each error that no test caught: vitest's JSON report does not have them. */
export const LOOSE_ERRORS_FILE = 'CURFEW_TEST_LOOSE_ERRORS';

// vitest takes the default export of a reporter's file.
// oxlint-disable-next-line import/no-default-export
export default class LooseErrors implements Reporter {
  onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (_modules, errors) => {
    const file = process.env[LOOSE_ERRORS_FILE];
    if (file !== undefined) for (const { message } of errors) appendFileSync(file, `${JSON.stringify(message)}\n`);
  };
}
