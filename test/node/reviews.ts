import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { startLoad, type Answer } from "../e2e/load.ts";
import type { Json } from "../support/artifacts.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { judgedNamespace } from "../support/node/gate.ts";
import { checkout } from "../support/node/root.ts";

const loops = 4;

/**
 * The most that a replica which has fallen silent may cost: what was open on it, and, until its address is gone from the
 * Service, what was sent anew and came to it again.
 */
export const mostOnSilent = 2 * loops;

const pauseMs = 10;
const reviewsBefore = 200;

const withEvidence = parse(readFileSync(join(checkout, "docs/examples/deployment.yaml"), "utf8")) as Json;
const withoutEvidence: Json = { ...withEvidence, metadata: { name: "llama", namespace: judgedNamespace } };

/**
 * Runs `what` while reviews go on, before and afterwards, too, and prints `name` with the figures. Returns those that were
 * not answered as they must be, each as its status and body. `what` may wait for more of them.
 */
export async function listUnanswered(
  cluster: ClusterClient,
  name: string,
  what: (more: () => Promise<boolean>) => Promise<unknown>,
): Promise<string[]> {
  const load = await startLoad(cluster, judgedNamespace, [withEvidence, withoutEvidence], loops, { pauseMs });
  const more = (): Promise<boolean> => {
    const enough = load.count() + reviewsBefore;
    return eventually("more answers", () => load.count() >= enough);
  };
  const started = performance.now();
  try {
    await more();
    await what(more);
    await more();
  } finally {
    await load.over();
  }
  const perSecond = Math.round(load.count() / ((performance.now() - started) / 1_000));
  const unanswered = load.answers.filter((answer) => !isJudged(answer)).map(({ status, body }) => `${status} ${body}`);
  process.stdout.write(`${name}: ${load.count()} reviews, ${perSecond}/s, ${unanswered.length} not answered\n`);
  return unanswered;
}

/** Admitted with evidence, refused without: anything else is no answer, or the wrong one. */
function isJudged({ status, body }: Answer): boolean {
  if (status === 201) return body.includes('"name":"granite"');
  return status === 403 && body.includes(`${judgedNamespace}/llama denied`) && body.includes("EVIDENCE_MISSING");
}
