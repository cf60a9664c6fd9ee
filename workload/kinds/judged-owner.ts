import type { KindTable } from "./kinds.ts";

/** A controller that makes children for parents which were reviewed themselves. */
export interface Controller {
  /** The authenticated user name of its service account. */
  readonly username: string;
  /** `Kind` or `Kind.group` of the owner it acts for. */
  readonly owner: string;
}

/**
 * Controllers whose children nobody would have judged: the gate does not read the kind that they act for, so no review of
 * the parent ever asked for evidence.
 */
export function listDelegatingControllers<C extends Controller>(controllers: readonly C[], kinds: KindTable): C[] {
  return controllers.filter(({ owner }) => !kinds.has(owner));
}
