/** The longest name of a file on common file systems, in bytes, and of a path. */
const maxPartBytes = 255;
const maxBytes = 1024;

/**
 * A name out of an archive or an annotation, which is attacker-controlled, as a relative path with `/` between its parts;
 * undefined for one that could lead out of its folder or means something to a terminal. `./` in front is dropped.
 */
export function toSafeName(text: string): string | undefined {
  const name = text.replace(/^(?:\.\/)+/, "");
  if (name.length > maxBytes || /[\p{Cc}\p{Cf}\\:]/u.test(name)) return undefined;
  const isSafe = name
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= maxPartBytes);
  return isSafe ? name : undefined;
}
