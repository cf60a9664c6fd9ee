import type { Json } from "./artifacts.ts";

/** What a gate has logged that somebody should look at. */
export function listComplaints(log: readonly Json[]): Json[] {
  return log.filter(({ level }) => level === "warn" || level === "error");
}

/** The same without elections that failed: on a busy machine a try may come too late, which mends itself. */
export function listLastingComplaints(log: readonly Json[]): Json[] {
  return listComplaints(log).filter(({ msg }) => msg !== "election failed; it is tried again");
}
