/** What the exit codes of `curfew` mean; `src/wire/problems.ts` says which refusal has which. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'it was done',
  1: 'an error of the portal or of the program',
  2: 'what was asked for is not valid, or conflicts with what is there; nothing was changed',
  3: 'sign in first, or again',
  4: 'you may not do that',
  5: 'there is no such thing',
  6: 'not now: the portal cannot be reached, is too busy, or a quota is used up; try again later',
};

export function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return ['\nExit codes:', ...lines].join('\n');
}
