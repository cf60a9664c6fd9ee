import { LRUCache } from "lru-cache";
import { mapInParallel } from "../../runtime/in-parallel.ts";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import type { ClaimReference } from "../../policies/workload.ts";
import type { ClaimAnswer } from "../../workload/hardware/claims.ts";
import { type DeviceRequest, listExpressions, listRequests } from "../../workload/hardware/devices.ts";
import { asFields, getFields, WorkloadError } from "../../workload/shape.ts";
import { hasStatus, KubeError } from "./kube-error.ts";
import { cluster, type ClaimResolver } from "./resolvers.ts";

/** Reads one object of the cluster. Rejects with a KubeError. */
export interface ObjectReader {
  get(path: string, signal: AbortSignal): Promise<unknown>;
}

/** A claim is written once; what it asks for cannot be changed, but it can be deleted and made anew. */
const keepMs = 10_000;
const maxKept = 1_000;
const bounds = { places: { own: 8, shared: 8 }, timeoutMs: 3_000 } as const;
/** Of one claim, whose author chooses how many it names. */
const classesAtOnce = 2;
const api = "/apis/resource.k8s.io/v1";

/**
 * Claims by GET: the ResourceClaim or its template, then the DeviceClasses that it names, whose selectors hold, too. What was
 * found is kept for some seconds; what was not is asked for again.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
 */
export function createClaimResolver(reader: ObjectReader): ClaimResolver {
  const kept = new LRUCache<string, ClaimAnswer>({ max: maxKept, ttl: keepMs });
  const share = createSingleFlight<ClaimAnswer>(bounds);
  return {
    async resolve(namespace, claim, asked) {
      const path = toPath(namespace, claim);
      const known = kept.get(path);
      if (known !== undefined) return known;
      try {
        const answer = await share({
          key: path,
          owner: cluster,
          asked,
          run: (signal) => find(reader, claim, path, signal),
        });
        kept.set(path, answer);
        return answer;
      } catch (cause) {
        return toAnswer(cause);
      }
    },
  };
}

function toPath(namespace: string, { object, name }: ClaimReference): string {
  const resource = object === "ResourceClaim" ? "resourceclaims" : "resourceclaimtemplates";
  return `${api}/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
}

async function find(
  reader: ObjectReader,
  { object }: ClaimReference,
  path: string,
  signal: AbortSignal,
): Promise<ClaimAnswer> {
  const body = asFields(await reader.get(path, signal), "");
  const own = getFields(body, "spec", "") ?? {};
  const spec = object === "ResourceClaim" ? own : (getFields(own, "spec", "spec") ?? {});
  const requests = listRequests(spec, "spec");
  const names = [...new Set(requests.flat().map(({ deviceClass }) => deviceClass))];
  const selectors = new Map(
    await mapInParallel(
      names,
      classesAtOnce,
      async (name) => [name, await classSelectors(reader, name, signal)] as const,
    ),
  );
  const withClass = (request: DeviceRequest): DeviceRequest =>
    request.map((ask) => ({
      ...ask,
      expressions: [...ask.expressions, ...(selectors.get(ask.deviceClass) ?? [])],
    }));
  return { kind: "found", requests: requests.map(withClass) };
}

/** Empty for a class that is not there, or that the gate may not read: the request's own selectors may still say enough. */
async function classSelectors(reader: ObjectReader, name: string, signal: AbortSignal): Promise<string[]> {
  try {
    const body = asFields(await reader.get(`${api}/deviceclasses/${encodeURIComponent(name)}`, signal), "");
    return listExpressions(getFields(body, "spec", "") ?? {}, "spec");
  } catch (cause) {
    if (hasStatus(cause, 403, 404)) return [];
    throw cause;
  }
}

/** What went wrong, as an answer. */
function toAnswer(cause: unknown): ClaimAnswer {
  const status = cause instanceof KubeError ? cause.status : undefined;
  if (status === 403) {
    const remedy = "let the gate's role get resourceclaims, resourceclaimtemplates and deviceclasses";
    return { kind: "unknown", why: `forbidden (403): ${remedy}` };
  }
  if (status === 404) return { kind: "unknown", why: "there is none (404): create it before what refers to it" };
  if (cause instanceof WorkloadError) return { kind: "unknown", why: `it cannot be read: ${cause.message}` };
  const answered = status === undefined ? "gave no answer" : `answered ${status}`;
  return { kind: "unavailable", why: `the API server ${answered}` };
}
