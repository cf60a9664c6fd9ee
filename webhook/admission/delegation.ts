import type { Review } from "./review.ts";
import type { Controller } from "../../workload/kinds/judged-owner.ts";
import { isFields } from "../../workload/shape.ts";

const kubeSystem = (account: string): string => `system:serviceaccount:kube-system:${account}`;

/** Kubernetes' own controllers. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#controller-roles */
export const builtinControllers: readonly Controller[] = [
  { username: kubeSystem("deployment-controller"), owner: "Deployment.apps" },
  { username: kubeSystem("replicaset-controller"), owner: "ReplicaSet.apps" },
  { username: kubeSystem("statefulset-controller"), owner: "StatefulSet.apps" },
  { username: kubeSystem("daemon-set-controller"), owner: "DaemonSet.apps" },
  { username: kubeSystem("replication-controller"), owner: "ReplicationController" },
  { username: kubeSystem("job-controller"), owner: "Job.batch" },
  { username: kubeSystem("cronjob-controller"), owner: "CronJob.batch" },
];

/**
 * True when the review is for a child that its own controller makes or keeps up: it copies annotations of the parent to it,
 * for one. The proof is the authenticated user; the owner reference, which anyone can write, only says which controller that
 * must be.
 */
export function isDelegated({ operation, user, object }: Review, controllers: readonly Controller[]): boolean {
  if (operation !== "CREATE" && operation !== "UPDATE") return false;
  const own = controllers.filter(({ username }) => username === user.username);
  const owner = own.length === 0 ? undefined : controllerOwner(object);
  if (owner === undefined) return false;
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/", 1)[0]}` : "";
  return own.some((controller) => controller.owner === `${owner.kind}${group}`);
}

/** Undefined, too, where it is not of the shape that the API server promises. */
function controllerOwner(object: unknown): { apiVersion: string; kind: string } | undefined {
  const metadata = isFields(object) ? object["metadata"] : undefined;
  const references: unknown = isFields(metadata) ? metadata["ownerReferences"] : undefined;
  if (!Array.isArray(references) || references.length > maxOwners) return undefined;
  const owners = references.map(readOwner);
  return owners.includes(undefined) ? undefined : owners.find((owner) => owner?.isController === true);
}

/** Controllers write one. With more nobody vouches for the object, and it is judged. */
const maxOwners = 64;

function readOwner(reference: unknown): { apiVersion: string; kind: string; isController: boolean } | undefined {
  if (!isFields(reference)) return undefined;
  const { apiVersion, kind, controller = false } = reference;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof controller !== "boolean") return undefined;
  return { apiVersion, kind, isController: controller };
}
