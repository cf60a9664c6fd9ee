import autocannon from "autocannon";
import { readdirSync, readFileSync } from "node:fs";
import { review } from "../support/builders/review.ts";
import type { Json } from "../support/builders/json.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";

/** More than the gate remembers the reading of. */
const differentObjects = 1_000;

/** Sends a gate so many reviews, as fast as it answers, of objects that `make` makes. Throws for whatever is not answered. */
export async function sendReviews(gate: GateProcess, amount: number, make: (at: number) => Json): Promise<void> {
  const bodies = Array.from({ length: differentObjects }, (_, at) => JSON.stringify(review(make(at))));
  const headers = { "content-type": "application/json" };
  const requests = bodies.map((body) => ({ method: "POST" as const, path: "/validate?timeout=10s", headers, body }));
  const tlsOptions = { ca: gate.ca };
  const {
    non2xx,
    errors,
    "2xx": answered,
  } = await autocannon({ url: gate.url, amount, connections: 16, requests, tlsOptions });
  if (errors + non2xx > 0 || answered < amount) throw new Error(`of ${amount} reviews ${answered} were answered`);
}

/** The id of the one process of Node's that was given this argument. */
export function findProcess(argument: string): number {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isStartedWith(name, argument));
  if (found.length !== 1) throw new Error(`${found.length} processes were started with ${argument}`);
  return Number(found[0]);
}

function isStartedWith(pid: string, argument: string): boolean {
  try {
    const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program === process.execPath && args.includes(argument);
  } catch {
    // It has ended.
    return false;
  }
}
