import type * as z from "zod";
import { findNearest } from "./nearest.ts";

/** What is wrong with a document, at the path of one of its fields. */
export interface Complaint {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Takes down what is wrong with a part of a document, at a path inside it. */
export type Complain = (message: string, ...path: PropertyKey[]) => void;

/** Compiles each entry of the list at `path`. Complains of what is wrong with one, and leaves it out. */
export function compileEach<Document, Compiled extends object>(
  documents: readonly Document[],
  compile: (document: Document) => Compiled | string,
  complain: Complain,
  ...path: readonly PropertyKey[]
): Compiled[] {
  return documents.flatMap((document, at) => {
    const compiled = compile(document);
    if (typeof compiled !== "string") return [compiled];
    complain(compiled, ...path, at);
    return [];
  });
}

/** What a schema found wrong, in words for the person who wrote the document: unknown keys come with the nearest known one. */
export function listComplaints(schema: z.ZodType, error: z.ZodError): Complaint[] {
  return error.issues.flatMap((issue): Complaint[] => {
    if (issue.code !== "unrecognized_keys") return [{ path: issue.path, message: explain(issue) }];
    const known = listKeys(schema, issue.path);
    return issue.keys.map((key) => {
      const meant = findNearest(key, known);
      const hint = meant === undefined ? `known keys: ${known.join(", ")}` : `did you mean ${meant}?`;
      return { path: [...issue.path, key], message: `unknown key ${key}: ${hint}` };
    });
  });
}

/** `spec.require[0].name`, as kubectl writes paths. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}

interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
}

function listKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zod types a definition by its kind, and any kind may come
  const { shape, innerType, element } = schema.def as Definition;
  if (innerType !== undefined) return listKeys(innerType, path);
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(shape ?? {});
  const next = element ?? shape?.[String(first)];
  return next === undefined ? [] : listKeys(next, rest);
}

/** In words for somebody who knows YAML, and no schemas. A custom message stays as it is. */
function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_small" && issue.origin === "array") return "must hold at least one entry";
  if (issue.code === "too_small" && issue.origin === "string") return "must not be empty";
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return `is missing: ${article(issue.expected)}`;
  if (
    issue.code === "invalid_type" &&
    issue.expected === "string" &&
    /received (?:number|boolean)$/.test(issue.message)
  )
    return `${lowerFirst(issue.message.replace(/^Invalid input: /, ""))}: write it in quotes`;
  return lowerFirst(issue.message.replace(/^Invalid input: /, ""));
}

function article(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    array: "a list",
    object: "a map",
    record: "a map",
    string: "a text",
  };
  return names[expected] ?? `a ${expected}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
