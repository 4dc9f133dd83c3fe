/** The line after an error of the command line. @param command its words */
export function helpHint(...command: string[]): string {
  return `(${['curfew', ...command, '--help'].join(' ')} says what is allowed)`;
}
