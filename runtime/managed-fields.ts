const key = Buffer.from('"managedFields":[');
const [quote, backslash, open, close] = Buffer.from('"\\[]');

/**
 * The JSON text of a review, or of a list, with every `managedFields` list empty. Who owns which field is often most of an object's
 * bytes and nothing that any check reads, so it is not worth parsing. All else stays as it came, for JSON.parse to judge.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function withoutManagedFields(json: Buffer): string {
  let text = "";
  let copied = 0;
  for (let at = json.indexOf(key); at !== -1; at = json.indexOf(key, at)) {
    at += key.length;
    // A quote after a backslash ends no key: this one lies at the end of a longer key.
    if (json[at - key.length - 1] === backslash) continue;
    const end = endOfList(json, at);
    if (end === -1) break;
    text += json.toString("utf8", copied, at);
    copied = end;
    at = end;
  }
  return text + json.toString("utf8", copied);
}

/** Where the `]` is that closes a list whose content begins at `at`; -1 where the text ends before it. */
function endOfList(json: Buffer, at: number): number {
  let depth = 1;
  for (; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === quote) {
      at = endOfString(json, at + 1);
    } else if (byte === open) {
      depth += 1;
    } else if (byte === close) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

/** Where the quote is that closes a string whose content begins at `at`. */
function endOfString(json: Buffer, at: number): number {
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return at;
}
