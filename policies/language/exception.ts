import type { Complaint } from "./complain.ts";
import { compileGlob } from "./glob.ts";
import type { Exception } from "../policy.ts";
import type { ExceptionDocument } from "../schema/exception.ts";
import { isKind } from "./scope.ts";
import { parseRfc3339 } from "../time.ts";

/**
 * An exception ready to apply, or what is wrong with it. `digest` is the sha256 of its content. Whether it is in force is a
 * question of time, asked at each decision.
 */
export function compileException({ metadata, spec }: ExceptionDocument, digest: string): Exception | Complaint[] {
  const expiresAt = parseRfc3339(spec.expiresAt);
  if (expiresAt === undefined)
    return [{ path: ["spec", "expiresAt"], message: `"${spec.expiresAt}" is not a time that exists` }];
  const inNamespace = compileGlob(spec.scope.namespace);
  const isNamed = compileGlob(spec.scope.name);
  return {
    name: metadata.name,
    digest,
    document: { name: metadata.name, spec },
    reason: spec.reason,
    owner: spec.owner,
    expiresAt,
    policies: new Set(spec.policies),
    requirements: new Set(spec.requirements),
    scope: spec.scope,
    covers: ({ object }) => inNamespace(object.namespace) && isKind(spec.scope.kind, object) && isNamed(object.name),
  };
}
