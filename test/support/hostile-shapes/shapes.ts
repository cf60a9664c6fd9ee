import type { Json } from "../builders/json.ts";
import { review } from "../builders/review.ts";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { flagShapes } from "./flags.ts";
import { everyKind, kindShapes } from "./kinds.ts";
import { controllerUser, metadataShapes, updatesOf } from "./metadata.ts";
import { podShapes } from "./pods.ts";
import { scriptShapes } from "./scripts.ts";
import { type Hostile, jsonOf, type Shape } from "./shape.ts";

const created: readonly Shape[] = [
  ...podShapes,
  ...scriptShapes,
  ...flagShapes,
  ...kindShapes,
  ...everyKind(builtinKinds.values()),
  ...metadataShapes,
];

const updated = new Set(
  [
    "pod: volumes, many",
    "pod: variables, many",
    "pod: containers with --model",
    "pod: one huge string",
    "pod: many keys in a field that nobody reads",
    "pod: deep JSON in a field that nobody reads",
    "pod: deep lists in a field that nobody reads",
    "kind: KubeAI, adapters",
    "kind: RayCluster, groups",
    "kind: InferenceService, canaries",
    "metadata: labels",
    "metadata: numbers",
  ].values(),
);

/** At least one for every reader of what a requester writes: deterministic, and of any size up to the API server's 3 MiB. */
export const hostileShapes: readonly Shape[] = [
  ...created,
  ...updatesOf(created.filter(({ name }) => updated.has(name))),
];

/** The review that the API server would send of it, as text. */
export function hostileReview({ object, oldObject }: Hostile): string {
  const isOwned = "ownerReferences" in (object["metadata"] as Json);
  const { request, ...envelope } = review({ ...object, spec: {} });
  return jsonOf({
    ...envelope,
    request: {
      ...(request as Json),
      ...(isOwned && { userInfo: { username: controllerUser, groups: [] } }),
      ...(oldObject !== undefined && { operation: "UPDATE" }),
      object,
      oldObject: oldObject ?? null,
    },
  });
}
