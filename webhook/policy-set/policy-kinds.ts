import * as z from "zod";
import { readDocuments, type PolicyFile, type Problem } from "../../policies/language/document.ts";
import { findNearest } from "../../policies/language/nearest.ts";
import { isKind } from "../../policies/language/scope.ts";
import type { KindTable } from "../../workload/kinds/kinds.ts";

const kinds = z.object({ kinds: z.array(z.string()).default([]) }).default({ kinds: [] });
const policy = z.object({ kind: z.literal("EvaluationPolicy"), spec: z.object({ match: kinds, exclude: kinds }) });
const exception = z.object({
  kind: z.literal("EvaluationException"),
  spec: z.object({ scope: z.object({ kind: z.string() }) }),
});

/**
 * Kinds that a policy or an exception names and the gate does not read. Nothing of such a kind ever comes before a policy:
 * one that lists it by mistake would protect nothing, and say so to nobody.
 */
export function checkKinds(file: PolicyFile, table: KindTable): Problem[] {
  return readDocuments(file).flatMap((document) => {
    if (Array.isArray(document)) return [];
    const named = kindsNamedIn(document.value).filter(
      ({ text }) => ![...table.values()].some((kind) => isKind(text, kind)),
    );
    return named.map(({ path, text }) => document.locateProblem(path, toMessage(text, table)));
  });
}

interface Named {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

function kindsNamedIn(value: unknown): Named[] {
  const spec = policy.safeParse(value).data?.spec;
  const scope = exception.safeParse(value).data?.spec.scope;
  const listed = (["match", "exclude"] as const).flatMap((part) =>
    (spec?.[part].kinds ?? []).map((text, at) => ({ path: ["spec", part, "kinds", at], text })),
  );
  return scope === undefined ? listed : [...listed, { path: ["spec", "scope", "kind"], text: scope.kind }];
}

function toMessage(text: string, table: KindTable): string {
  const meant = findNearest(text, [...[...table.values()].map(({ kind }) => kind), ...table.keys()]);
  const hint = meant === undefined ? "add it to the configuration's kinds, if it holds pods" : `did you mean ${meant}?`;
  return `the gate reads no kind ${text}, so this would never match: ${hint}`;
}
