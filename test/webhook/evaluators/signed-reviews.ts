import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ComponentName } from "../../../scripts/components/catalogue.ts";
import { createProgram } from "../../cli/program.ts";
import { deployment, policy, review } from "../../golden/case.ts";
import type { Json } from "../../support/artifacts.ts";
import { componentPath } from "../../support/components.ts";
import { createCosign } from "../../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { startTestGate } from "../../support/gate.ts";

/** The model that the workloads of reviews run. */
export const model = "ibm-granite/granite-3.1-8b-instruct";

/** What came of a review. */
export interface Verdict {
  readonly allowed: boolean;
  readonly reasons: string | undefined;
  readonly message: string | undefined;
}

/** A requirement that asks whose results they are. Files of evaluators say nothing of the model's version. */
export const byName: Json = { model: { version: "Any" } };
const ofAnyModel: Json = { model: { name: "Any", version: "Any" } };

/** A registry, a signer, and reviews of what they publish: from an evaluator's folder to a verdict. */
export interface SignedReviews extends AsyncDisposable {
  readonly registry: DockerRegistry;
  /** For the files that evaluators write. */
  readonly folder: string;
  /** Runs one of the programs in `tools` with a component's Python. Returns what it printed. */
  runTool(component: ComponentName, program: string, ...args: readonly string[]): Promise<string>;
  /** `assaygate push` of a folder, signed by cosign. Returns the reference. */
  publish(folder: string, ...options: readonly string[]): Promise<string>;
  sign(reference: string): Promise<void>;
  /** A review of a workload that refers to it, over TLS, under a policy that names the signer, and asks for one benchmark. */
  ask(reference: string, benchmark: Json, more?: Json): Promise<Verdict>;
}

const toolMs = 280_000;

export async function startSignedReviews(): Promise<SignedReviews> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-evaluators-"));
  const registry = await startDockerRegistry();
  const cosign = await createCosign();
  const publicKey = await cosign.makeKey("pipeline");
  const program = await createProgram();
  const repository = `${registry.host}/acme/evals`;
  const sign: SignedReviews["sign"] = (reference) => cosign.sign(reference, "pipeline", "bundle");
  return {
    registry,
    folder,
    sign,
    async runTool(component, tool, ...args) {
      const path = join(import.meta.dirname, "tools", tool);
      const { stdout } = await promisify(execFile)(componentPath(component), [path, ...args], { timeout: toolMs });
      return stdout;
    },
    async publish(from, ...options) {
      const ran = await program.run(
        "push",
        from,
        "--to",
        `${repository}:run`,
        "--plain-http",
        "-o",
        "json",
        ...options,
      );
      if (ran.code !== 0) throw new Error(`push: ${ran.err}`);
      const { digest } = JSON.parse(ran.out) as { digest: string };
      const reference = `${repository}@${digest}`;
      await sign(reference);
      return reference;
    },
    async ask(reference, benchmark, more = ofAnyModel) {
      const signers = [{ cosign: { publicKey, transparencyLog: "NotRequired" } }];
      const asks = { ...more, benchmarks: [benchmark] };
      await using gate = await startTestGate(
        { "policy.yaml": policy(asks, { evidence: { repositories: [repository], signers } }) },
        { registries: [{ host: registry.host, plainHttp: true }] },
      );
      const { allowed, auditAnnotations, status } = await gate.review(review(deployment(reference)));
      return { allowed, reasons: auditAnnotations["reasons"], message: status?.message };
    },
    async [Symbol.asyncDispose]() {
      await cosign[Symbol.asyncDispose]();
      await registry.stop();
      await program.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** That a workload is admitted. */
export const admitted = { allowed: true, reasons: undefined };

/** That it is denied for these reasons alone. */
export function denied(...reasons: readonly string[]): Pick<Verdict, "allowed" | "reasons"> {
  return { allowed: false, reasons: reasons.join(",") };
}
