/** Has the browser save a text as a file. */
export function saveTextFile(filename: string, text: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has begun the download by the next turn; until then the address must hold.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
