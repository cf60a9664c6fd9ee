import type { Keys } from "../expression.ts";

/**
 * The keys that an expression reads of `workload.<field>`, from its syntax tree: an index, a field, `has` and `in` with a
 * literal name one entry. Whatever else is made of the map, or of the workload as a whole, reads all of it.
 */
export function listKeysRead(root: unknown, field: "labels" | "annotations"): Keys {
  const keys = new Set<string>();
  return visit(root, field, keys) ? keys : "all";
}

/** False: something reads more than a key that is written down. */
function visit(part: unknown, field: string, keys: Set<string>): boolean {
  if (Array.isArray(part)) return part.every((one: unknown) => visit(one, field, keys));
  if (!isNode(part)) return true;
  const { op, args } = part;
  if (op === "id") return args !== "workload";
  const [first, second] = Array.isArray(args) ? (args as unknown[]) : [];
  const key = op === "in" ? getLiteral(first) : findName(part);
  const map = op === "in" ? second : first;
  if (key === undefined) return visit(args, field, keys);
  if (isMap(map, field)) keys.add(key);
  else if (isMap(part, field)) return false;
  else if (!isWorkload(map)) return visit(map, field, keys);
  return true;
}

function isMap(part: unknown, field: string): boolean {
  if (!isNode(part) || !Array.isArray(part.args)) return false;
  return findName(part) === field && isWorkload(part.args[0]);
}

function isWorkload(part: unknown): boolean {
  return isNode(part) && part.op === "id" && part.args === "workload";
}

/** The name in `map.name` and in `map["name"]`. */
function findName({ op, args }: Node): string | undefined {
  if (!Array.isArray(args)) return undefined;
  const name: unknown = args[1];
  if (op === "." && typeof name === "string") return name;
  return op === "[]" ? getLiteral(name) : undefined;
}

function getLiteral(part: unknown): string | undefined {
  return isNode(part) && part.op === "value" && typeof part.args === "string" ? part.args : undefined;
}

interface Node {
  readonly op: string;
  readonly args: unknown;
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "op" in part && typeof part.op === "string" && "args" in part;
}
