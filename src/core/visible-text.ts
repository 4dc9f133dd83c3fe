/**
 * Whether a text is of visible characters and single blanks between them. Two names that look the same are the same: what
 * is not seen (control, zero-width and direction marks) would make others of them.
 */
export function isVisibleText(text: string): boolean {
  return /^[^\s\p{C}\p{Default_Ignorable_Code_Point}]+(?: [^\s\p{C}\p{Default_Ignorable_Code_Point}]+)*$/u.test(text);
}
