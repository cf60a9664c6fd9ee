import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Json } from "../support/builders/json.ts";
import { sendReviews } from "../support/many-reviews.ts";
import { checkout } from "../support/node/root.ts";

/** What this program is told, as JSON. */
export interface PodReviews {
  readonly url: string;
  /** PEM of the authority that the webhook configuration names. */
  readonly ca: string;
  readonly amount: number;
}

/*
 * Run inside a node's network: sends a gate reviews of the documents' example, under many names, with its evidence.
 */
const { amount, ...gate } = JSON.parse(process.argv[2] ?? "") as PodReviews;
const example = parse(readFileSync(join(checkout, "docs/examples/deployment.yaml"), "utf8")) as Json & {
  metadata: Json;
};
await sendReviews({ ...gate, servername: "assaygate.assaygate-system.svc" }, amount, (at) => ({
  ...example,
  metadata: { ...example.metadata, name: `granite-${at}` },
}));
