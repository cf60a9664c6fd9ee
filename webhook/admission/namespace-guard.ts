import * as z from "zod";
import { compileGlob } from "../../policies/language/glob.ts";
import { show } from "../../policies/show.ts";
import type { StringMap } from "../../policies/workload.ts";
import { allow, refuse, type FieldError, type ReviewHandler } from "./response.ts";
import type { GuardConfig } from "../../config/cluster-config.ts";

/**
 * `POST /guard`: refuses that anybody but the configured groups and users adds, changes or removes the namespace labels
 * that policies and webhook configurations rely on. Whoever administers a namespace could otherwise take it out of the
 * gate, or make a test namespace a production one. Labels can be written through `namespaces/status` and
 * `namespaces/finalize` as well: register all three. Taking a namespace away is always allowed.
 */
export function createGuard({ labels, groups, users }: GuardConfig): ReviewHandler {
  const guards = labels.map(compileGlob);
  const isGuarded = (key: string): boolean => guards.some((matches) => matches(key));
  return (review) => {
    if (review.operation === "DELETE") return allow(review);
    const { group, kind } = review.kind;
    if (group !== "" || kind !== "Namespace")
      return refuse(review, 403, {
        field: "",
        message: "only namespaces are guarded here: correct the webhook's rules",
      });
    if (users.includes(review.user.username) || review.user.groups.some((one) => groups.includes(one)))
      return allow(review);
    const after = readLabels(review.object);
    const before = review.operation === "CREATE" ? {} : readLabels(review.oldObject);
    if (after === undefined || before === undefined)
      return refuse(review, 403, { field: "metadata.labels", message: "cannot be read" });
    const [first, ...more] = changes(before, after).filter(({ key }) => isGuarded(key));
    if (first === undefined) return allow(review);
    const object = (change: Change): FieldError => ({
      field: `metadata.labels[${change.key}]`,
      message: `may only be ${change.what} by ${whoMay(groups, users)}, and ${show(review.user.username)} is not: the gate relies on it`,
    });
    return refuse(review, 403, object(first), ...more.map(object));
  };
}

interface Change {
  readonly key: string;
  readonly what: "added" | "changed" | "removed";
}

function changes(before: StringMap, after: StringMap): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted().flatMap((key): Change[] => {
    const [was, is] = [getValue(before, key), getValue(after, key)];
    if (was === is) return [];
    return [{ key, what: was === undefined ? "added" : is === undefined ? "removed" : "changed" }];
  });
}

function getValue(labels: StringMap, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

const labelled = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()).nullish() }) });

/** Undefined where it is not an object with metadata: that is not "has no labels". */
function readLabels(object: unknown): StringMap | undefined {
  const parsed = labelled.safeParse(object);
  return parsed.success ? (parsed.data.metadata.labels ?? {}) : undefined;
}

function whoMay(groups: readonly string[], users: readonly string[]): string {
  const who = [
    ...(groups.length > 0 ? [`members of ${groups.join(", ")}`] : []),
    ...(users.length > 0 ? [users.join(", ")] : []),
  ];
  return who.length === 0 ? "nobody" : who.join(" or ");
}
