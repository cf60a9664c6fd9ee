import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { startLoad, type Answer } from "../e2e/load.ts";
import type { Json } from "../support/artifacts.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { judgedNamespace } from "../support/node/gate.ts";
import { socketFile } from "../support/node/inside-options.ts";
import { checkout } from "../support/node/root.ts";

/**
 * Reviews open at a time, at most, and so the most that a replica which falls silent may cost: what was open on it. Far above
 * what is open while all goes well: one that waits must not slow the others.
 */
export const mostOpen = 16;

const reviewsBefore = 200;

const withEvidence = parse(readFileSync(join(checkout, "docs/examples/deployment.yaml"), "utf8")) as Json;
const withoutEvidence: Json = { ...withEvidence, metadata: { name: "llama", namespace: judgedNamespace } };

/** What a load must come to, a second, for what is said of it to mean something. */
const reviewsPerSecond = 150;

/** What is sent a second, at most: the rest makes up for moments in which nothing is answered. */
const sentPerSecond = 200;

/** Less of the processors than this was left: the machine could not have sent more. */
const idleShare = 0.1;

/** What became of reviews that were sent while something happened. */
export interface Reviewed {
  /** Those that were not answered as they must be, each as its status and body. */
  readonly unanswered: readonly string[];
  /** Whether there were 150 a second, or as many as the processors could do. */
  readonly isLoad: boolean;
}

/**
 * Runs `what` while reviews go on, before and afterwards, too, and prints `name` with the figures. `what` may wait for more
 * of them. `loops` is how many are open at a time, at most.
 */
export async function reviewWhile(
  cluster: ClusterClient,
  name: string,
  what: (more: () => Promise<boolean>) => Promise<unknown>,
  loops: number = mostOpen,
): Promise<Reviewed> {
  const load = await startLoad(cluster, judgedNamespace, [withEvidence, withoutEvidence], loops, {
    perSecond: sentPerSecond,
    socketPath: socketFile(cluster.folder),
  });
  const more = (): Promise<boolean> => {
    const enough = load.count() + reviewsBefore;
    return eventually("more answers", () => load.count() >= enough);
  };
  const [started, processors] = [performance.now(), readProcessors()];
  try {
    await more();
    await what(more);
    await more();
  } finally {
    await load.over();
  }
  const perSecond = Math.round(load.count() / ((performance.now() - started) / 1_000));
  const idle = shareOfIdle(processors, readProcessors());
  const unanswered = load.answers.filter((answer) => !isJudged(answer)).map(({ status, body }) => `${status} ${body}`);
  const figures = `${load.count()} reviews, ${perSecond}/s, processors ${Math.round(idle * 100)} % idle`;
  const reasons = Map.groupBy(unanswered, reasonOf);
  const said = [...reasons].map(([reason, all]) => ` (${all.length}: ${reason})`).join("");
  process.stdout.write(`${name}: ${figures}, ${unanswered.length} not answered${said}\n`);
  return { unanswered, isLoad: perSecond >= reviewsPerSecond || idle < idleShare };
}

/** The end of the API server's message, which says how the call failed. */
function reasonOf(answer: string): string {
  return /([^:"\\]+)","reason"/.exec(answer)?.[1]?.trim() ?? answer;
}

interface ProcessorTimes {
  readonly idle: number;
  readonly all: number;
}

/** Of all of the machine's, since it started. https://docs.kernel.org/filesystems/proc.html */
function readProcessors(): ProcessorTimes {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
  const times = first.split(/\s+/).slice(1, 9).map(Number);
  return { idle: times[3] ?? 0, all: times.reduce((sum, one) => sum + one, 0) };
}

function shareOfIdle(before: ProcessorTimes, after: ProcessorTimes): number {
  return (after.idle - before.idle) / (after.all - before.all);
}

/** Admitted with evidence, refused without: anything else is no answer, or the wrong one. */
function isJudged({ status, body }: Answer): boolean {
  if (status === 201) return body.includes('"name":"granite"');
  return status === 403 && body.includes(`${judgedNamespace}/llama denied`) && body.includes("EVIDENCE_MISSING");
}
