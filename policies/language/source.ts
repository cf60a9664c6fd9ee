import type { PolicyFile, Problem } from "./document.ts";

/**
 * All that a folder or a cluster holds at this moment, why it cannot be read, or that it has not been seen yet. One that
 * is not known keeps the set as it is: part of a set is never in force.
 */
export type PolicySource = () => readonly PolicyFile[] | { readonly problems: readonly Problem[] } | "not yet known";
