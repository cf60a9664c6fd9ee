import type { Json } from "../artifacts.ts";

/** What one who means harm may send: an object of a supported kind, and for an UPDATE what it was before. */
export interface Hostile {
  readonly object: Json;
  readonly oldObject?: Json;
}

/** Makes an object of about so many bytes, the same one each time. */
export interface Shape {
  readonly name: string;
  make(bytes: number): Hostile;
}

/** As many as have so many bytes together in JSON. */
export function fill<T>(bytes: number, make: (at: number) => T): T[] {
  const list: T[] = [];
  for (let left = bytes; left > 0;) {
    const one = make(list.length);
    left -= JSON.stringify(one).length + 1;
    list.push(one);
  }
  return list;
}

/** So many bytes of text made of these parts. */
export function fillText(bytes: number, make: (at: number) => string, separator = ""): string {
  const parts: string[] = [];
  for (let left = bytes; left > 0;) {
    const part = make(parts.length) + separator;
    left -= JSON.stringify(part).length - 2;
    parts.push(part);
  }
  return parts.join("");
}

export function fillMap<T>(bytes: number, key: (at: number) => string, value: (at: number) => T): Record<string, T> {
  return Object.fromEntries(fill(bytes, (at) => [key(at), value(at)] as const));
}

/** Text that is wrapped again and again. */
export function nested(depth: number, wrap: (inner: string) => string, inner: string): string {
  let text = inner;
  for (let at = 0; at < depth; at += 1) text = wrap(text);
  return text;
}

/** The API server reads no deeper JSON than 10,000. */
const maxDepth = 9_900;

const wraps = {
  lists: ["[", "]"],
  maps: ['{"a":', "}"],
  adapters: ['{"lora":{"adapters":[', "]}}"],
} as const;

/** Stands for JSON of such a depth, which JSON.stringify cannot write. See {@link jsonOf}. */
export function deep(kind: keyof typeof wraps, bytes: number): string {
  const [open, close] = wraps[kind];
  const levels = open.replaceAll(/[^[{]/g, "").length;
  return `deep ${kind} ${Math.floor(Math.min(bytes / (open.length + close.length), maxDepth / levels))}`;
}

/** JSON, with what {@link deep} stands for. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"deep (lists|maps|adapters) ([0-9]+)"/g, (_, kind, count) => {
    const [open, close] = wraps[kind as keyof typeof wraps];
    return `${open.repeat(Number(count))}{}${close.repeat(Number(count))}`;
  });
}

export function anObject(apiVersion: string, kind: string, spec: unknown, metadata: Json = {}): Json {
  return { apiVersion, kind, metadata: { name: "hostile", namespace: "prod-chat", ...metadata }, spec };
}

const server: Json = { name: "server", image: "vllm/vllm-openai:v0.11.0" };

export function aPod(container: Json, podSpec: Json = {}, metadata: Json = {}): Json {
  return anObject("v1", "Pod", { containers: [{ ...server, ...container }], ...podSpec }, metadata);
}

export function aScript(script: string, env: readonly Json[] = [], shell = "bash"): Json {
  return aPod({ command: [shell, "-c", script], env });
}

/** Shapes by name, each of which makes the object alone. */
export function shapesOf(group: string, makers: Readonly<Record<string, (bytes: number) => Json>>): Shape[] {
  return Object.entries(makers).map(([name, make]) => ({
    name: `${group}: ${name}`,
    make: (bytes) => ({ object: make(bytes) }),
  }));
}
