/*
 * A value that only the cluster or the running container knows (a secret, a config map, a shell variable) is written into
 * the text as its name between two NUL characters, which no argument can hold. Such a text is opaque.
 */

/** The environment of a container, as far as the object says. */
export interface Environment {
  readonly values: ReadonlyMap<string, string>;
  /** Variables may also come from a config map or secret as a whole (`envFrom`). */
  readonly open: boolean;
}

const mark = "\0";

export function opaque(name: string): string {
  return `${mark}${name}${mark}`;
}

export function isOpaque(text: string): boolean {
  return text.includes(mark);
}

/** Names what an opaque text depends on, for a message. */
export function opaqueNames(text: string): string {
  const names = text.split(mark).filter((part) => part.startsWith("$") || part.startsWith("`"));
  return [...new Set(names)].join(", ") || "a value";
}

/**
 * `$(NAME)` as the kubelet expands it in commands, arguments and later variables: `$$` is a literal `$`, and a name that is
 * not defined stays as written.
 * https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go
 */
export function expand(text: string, { values, open }: Environment): string {
  let next = text.indexOf("$");
  if (next === -1) return text;
  let result = "";
  let from = 0;
  while (next !== -1) {
    result += text.slice(from, next);
    const following = text[next + 1];
    const close = following === "(" ? text.indexOf(")", next + 2) : -1;
    if (close !== -1) {
      const name = text.slice(next + 2, close);
      result += values.get(name) ?? (open ? opaque(`$(${name})`) : `$(${name})`);
      from = close + 1;
    } else {
      result += "$";
      from = next + (following === "$" ? 2 : 1);
    }
    next = text.indexOf("$", from);
  }
  return result + text.slice(from);
}
