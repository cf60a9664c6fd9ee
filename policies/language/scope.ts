import { compileGlob } from "./glob.ts";
import type { Scope, ScopeAnswer } from "../policy.ts";
import { messages } from "../schema/messages.ts";
import type { MatchDocument } from "../schema/workload.ts";
import { compileLabelSelector, type LabelSelector } from "./selector.ts";
import type { Workload } from "../workload.ts";

/** Which workloads a policy is about: those that `match` covers and `exclude` does not. */
export function compileScope(match: MatchDocument = {}, exclude: MatchDocument | undefined): Scope | string {
  const included = compileMatch(match, { ifAcceleratorUnknown: "yes" });
  if (typeof included === "string") return `match.${included}`;
  if (exclude === undefined) return included;
  const excluded = compileMatch(exclude, { ifAcceleratorUnknown: "no" });
  if (typeof excluded === "string") return `exclude.${excluded}`;
  if (leavesOutEverything(match, exclude)) return `exclude: ${messages.leavesOutEverything}`;
  return {
    objectLabels: [...included.objectLabels, ...excluded.objectLabels],
    namespaceLabels: [...included.namespaceLabels, ...excluded.namespaceLabels],
    covers(workload) {
      const inside = included.covers(workload);
      if (inside === "no") return "no";
      const outside = excluded.covers(workload);
      if (outside === "yes") return "no";
      return inside === "unknown" || outside === "unknown" ? "unknown" : "yes";
    },
  };
}

/** Whether what is left out is all that is matched, as far as the two texts tell: such a policy would protect nothing. */
function leavesOutEverything(match: MatchDocument, exclude: MatchDocument): boolean {
  const { namespaces, namespaceSelector, objectSelector, kinds, accelerator } = exclude;
  const isOpen = [
    namespaces === undefined || containsAll(namespaces, match.namespaces ?? ["*"], compileGlob),
    kinds === undefined || containsAll(kinds, match.kinds ?? [], (kind) => (other) => other === kind),
    isEmptySelector(namespaceSelector),
    isEmptySelector(objectSelector),
    accelerator !== "Required",
  ];
  return isOpen.every(Boolean);
}

/** A pattern holds another one if it holds it as text: a `*` of the other is then within one of its own. */
function containsAll(
  entries: readonly string[],
  others: readonly string[],
  compile: (entry: string) => (text: string) => boolean,
): boolean {
  const tests = entries.map(compile);
  return others.length > 0 && others.every((other) => tests.some((test) => test(other)));
}

function isEmptySelector(selector: MatchDocument["namespaceSelector"]): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** `ifAcceleratorUnknown`: not knowing must never put a workload outside a policy, so it is covered and never left out. */
function compileMatch(
  document: MatchDocument,
  { ifAcceleratorUnknown }: { ifAcceleratorUnknown: "yes" | "no" },
): Scope | string {
  const { namespaces, namespaceSelector, objectSelector, kinds, accelerator } = document;
  const onAccelerator = { requested: "yes", none: "no", unknown: ifAcceleratorUnknown } as const;
  const onNamespace = namespaceSelector && compileLabelSelector(namespaceSelector);
  if (typeof onNamespace === "string") return `namespaceSelector: ${onNamespace}`;
  const onObject = objectSelector && compileLabelSelector(objectSelector);
  if (typeof onObject === "string") return `objectSelector: ${onObject}`;
  const namespaceGlobs = namespaces?.map(compileGlob);
  const conditions = [
    namespaceGlobs && (({ object }: Workload) => answer(namespaceGlobs.some((glob) => glob(object.namespace)))),
    kinds && (({ object }: Workload) => answer(kinds.some((kind) => isKind(kind, object)))),
    onObject && (({ metadata: [own] }: Workload) => answer(onObject.selects(own.labels))),
    onNamespace && ((workload: Workload) => selectNamespace(onNamespace, workload)),
    accelerator === "Required" && (({ hardware }: Workload) => onAccelerator[hardware.accelerator]),
  ].filter((condition) => typeof condition === "function");
  return {
    objectLabels: onObject?.keys ?? [],
    namespaceLabels: onNamespace?.keys ?? [],
    covers(workload) {
      let result: ScopeAnswer = "yes";
      for (const condition of conditions) {
        const next = condition(workload);
        if (next === "no") return "no";
        if (next === "unknown") result = "unknown";
      }
      return result;
    },
  };
}

/** An empty selector needs no labels; with the name label alone nothing has to be looked up either. */
function selectNamespace(selector: LabelSelector, { namespaceLabels, object }: Workload): ScopeAnswer {
  const nameLabel = { "kubernetes.io/metadata.name": object.namespace };
  if (namespaceLabels !== undefined) return answer(selector.selects({ ...namespaceLabels, ...nameLabel }));
  return selector.keys.every((key) => key in nameLabel) ? answer(selector.selects(nameLabel)) : "unknown";
}

/** `Kind` of any group, or `Kind.group`. */
export function isKind(text: string, { kind, group }: { readonly kind: string; readonly group: string }): boolean {
  return text === kind || text === `${kind}.${group}`;
}

function answer(holds: boolean): ScopeAnswer {
  return holds ? "yes" : "no";
}
