import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { createProgram, type Program } from "../../cli/program.ts";
import { deployment } from "../../support/builders/workload.ts";
import { policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import type { Json } from "../../support/artifacts.ts";
import { createCosign, type Cosign } from "../../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { listDocumentedCommands, type Tool } from "../../support/evaluators/documented.ts";
import { startTestGate } from "../../support/gate.ts";

/** A real registry, cosign and gate, for results that a real evaluator wrote. */
export interface Judge extends AsyncDisposable {
  /** An empty folder for a run of a tool, which leaves its results in `results` under it. */
  newFolder(): Promise<string>;
  /** Pushes the results of a run with the command that the documents show, without a model if so, and signs them; the reference. */
  publish(tool: Tool, folder: string, about?: "unnamed"): Promise<string>;
  /** What a review over TLS comes to, under a policy that asks for this of a signed evaluation. */
  review(reference: string, asks: Json): Promise<Verdict>;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Reason and message of each finding that denies. */
  readonly causes: readonly string[];
}

/** The model that the workload of `deployment` serves. */
export const servedModel = "ibm-granite/granite-3.1-8b-instruct";

export async function startJudge(): Promise<Judge> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-evaluators-"));
  const registry = await startDockerRegistry();
  const cosign = await createCosign();
  const program = await createProgram();
  await mkdir(join(folder, "keys"));
  await writeFile(join(folder, "keys", "ci.pub"), await cosign.makeKey("ci"));
  return {
    newFolder: () => mkdtemp(join(folder, "run-")),
    publish: (tool, from, about) => publish({ registry, cosign, program }, tool, from, about),
    review: (reference, asks) => judge(registry, join(folder, "keys"), reference, asks),
    async [Symbol.asyncDispose]() {
      await program.remove();
      await cosign[Symbol.asyncDispose]();
      await registry.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function publish(
  { registry, cosign, program }: { registry: DockerRegistry; cosign: Cosign; program: Program },
  tool: Tool,
  folder: string,
  about: "unnamed" | undefined,
): Promise<string> {
  const shown = listDocumentedCommands(tool).at(-1) ?? "";
  const command = about === "unnamed" ? shown.replace(/ --model \S+/, "") : shown;
  const here = new Map([
    ["results", join(folder, "results")],
    ["quay.io/acme/evals", `${registry.host}/acme/evals:latest`],
  ]);
  const [, ...args] = command.split(" ").map((word) => here.get(word) ?? word);
  const ran = await program.runWith({ now: () => new Date() }, ...args, "--plain-http", "-o", "json");
  expect(ran).toMatchObject({ code: 0 });
  const { reference } = JSON.parse(ran.out) as { reference: string };
  await cosign.sign(reference, "ci", "bundle");
  return reference;
}

async function judge(registry: DockerRegistry, keys: string, reference: string, asks: Json): Promise<Verdict> {
  const signers = [{ cosign: { keyRef: "ci.pub", transparencyLog: "NotRequired" } }];
  const evidence = { repositories: [`${registry.host}/acme/evals`], signers };
  await using gate = await startTestGate(
    { "policy.yaml": policy(asks, { evidence }) },
    { registries: [{ host: registry.host, plainHttp: true }], signatures: { keysDirectory: keys } },
  );
  const { allowed, status } = await gate.review(review(deployment(reference)));
  const causes = status?.details?.causes ?? [];
  return { allowed, causes: causes.map(({ reason, message }) => `${reason}: ${message}`) };
}
