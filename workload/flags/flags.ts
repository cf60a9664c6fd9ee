/** Whether a word of any program's command line looks like a flag. `--` ends them, and is one without a name. */
export function isFlag(word: string): boolean {
  return word.startsWith("-") && (word === "--" || /^--?[A-Za-z]/.test(word));
}

/** As written, with underscores as dashes, as some servers take both. A dotted JSON path after the name stays as it is. */
export function getFlagName(written: string): string {
  if (!written.includes("_")) return written;
  const dot = written.indexOf(".");
  const head = dot === -1 ? written : written.slice(0, dot);
  return head.replaceAll("_", "-") + written.slice(head.length);
}
