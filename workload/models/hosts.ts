import { findHazard, listHazards } from "../flags/hazards.ts";
import { findCacheProblem, type PodFiles, type Reader } from "./filled-caches.ts";

/*
 * A container of Ray's is a host: the operator starts Ray in it, and what Ray is sent finds its variables, files and network.
 */

/** What holds for all that runs in a host. */
export interface Host {
  /** Why it may load something else than it names. */
  readonly problem: string | undefined;
}

const hazards = listHazards("vllm", "lmcache");

/** `otherHub`: the pod gives a hub another address, in words. */
export function readHost(read: Reader, files: PodFiles, otherHub: string | undefined): Host {
  const { container, opaque, replaced } = read;
  const problem =
    replaced ??
    (container.hasCommand ? opaque : undefined) ??
    findHazard(container.env, hazards) ??
    otherHub ??
    findCacheProblem(read, files);
  return { problem };
}
