import { execFile } from "node:child_process";
import { mkdtemp, readdir, rename, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ComponentName } from "../../../scripts/components/catalogue.ts";
import { createProgram, type Program } from "../../cli/program.ts";
import { deployment } from "../../support/builders/workload.ts";
import { policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import type { Json } from "../../support/artifacts.ts";
import { componentPath } from "../../support/components.ts";
import { createCosign, type Cosign } from "../../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { listDocumentedCommands, type Tool } from "../../support/evaluators/documented.ts";
import { keepRun } from "../../support/evaluators/kept-runs.ts";
import { startTestGate } from "../../support/gate.ts";

/** The model that the workload of `deployment` serves. */
export const servedModel = "ibm-granite/granite-3.1-8b-instruct";

/** What came of a review. */
export interface Verdict {
  readonly allowed: boolean;
  readonly reasons: string | undefined;
  readonly message: string | undefined;
  /** Reason and message of each finding that denies. */
  readonly causes: readonly string[];
}

/** A requirement that asks whose results they are. Files of evaluators say nothing of the model's version. */
export const byName: Json = { model: { version: "Any" } };
const ofAnyModel: Json = { model: { name: "Any", version: "Any" } };

/** A real registry, cosign and gate, for results that a real evaluator wrote: from its folder to a verdict. */
export interface SignedReviews extends AsyncDisposable {
  readonly registry: DockerRegistry;
  /** For the files that evaluators write. */
  readonly folder: string;
  /** An empty folder in it for one run of a tool, which leaves its results in `results` under it. */
  newFolder(): Promise<string>;
  /** Runs one of the programs in `tools` with a component's Python. */
  runTool(component: ComponentName, program: string, ...args: readonly string[]): Promise<void>;
  /** The same of one that evaluates, with `folder` as its first argument: it writes there, or what it wrote before is there. */
  evaluate(component: ComponentName, program: string, ...args: readonly string[]): Promise<void>;
  /** `assaygate push` of a folder, signed by cosign. Returns the reference. */
  publish(folder: string, ...options: readonly string[]): Promise<string>;
  /** The same of the results of a run, with the command that the documents show; without its model if so. */
  publishAsDocumented(tool: Tool, folder: string, about?: "unnamed"): Promise<string>;
  sign(reference: string): Promise<void>;
  /** A review of a workload that refers to it, over TLS, under a policy that names the signer and asks for this. */
  review(reference: string, asks: Json): Promise<Verdict>;
  /** The same, where one benchmark is asked for; of any model, unless `more` asks. */
  ask(reference: string, benchmark: Json, more?: Json): Promise<Verdict>;
}

/** Everything is stopped and removed again when it is disposed of. */
export async function startSignedReviews(): Promise<SignedReviews> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-evaluators-"));
  const registry = await startDockerRegistry();
  const cosign = await createCosign();
  const publicKey = await cosign.makeKey("pipeline");
  const program = await createProgram();
  const sign = (reference: string): Promise<void> => cosign.sign(reference, "pipeline", "bundle");
  const pushSigned = async (args: readonly string[]): Promise<string> => {
    const reference = await push(program, args);
    await sign(reference);
    return reference;
  };
  const reviewIt: SignedReviews["review"] = (reference, asks) => reviewOnce(registry, publicKey, reference, asks);
  return {
    registry,
    folder,
    newFolder: () => mkdtemp(join(folder, "run-")),
    runTool,
    evaluate: (component, tool, ...args) => evaluate(folder, component, tool, args),
    publish: (from, ...options) => pushSigned([from, "--to", `${registry.host}/acme/evals:run`, ...options]),
    publishAsDocumented: (tool, from, about) => pushSigned(documentedArguments(registry, tool, from, about)),
    sign,
    review: reviewIt,
    ask: (reference, benchmark, more = ofAnyModel) => reviewIt(reference, { ...more, benchmarks: [benchmark] }),
    [Symbol.asyncDispose]: () => stop({ program, cosign, registry, folder }),
  };
}

interface Parts {
  readonly program: Program;
  readonly cosign: Cosign;
  readonly registry: DockerRegistry;
  readonly folder: string;
}

async function stop({ program, cosign, registry, folder }: Parts): Promise<void> {
  await program.remove();
  await cosign[Symbol.asyncDispose]();
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
}

const toolMs = 280_000;

const locateTool = (tool: string): string => join(import.meta.dirname, "tools", tool);

async function runTool(component: ComponentName, tool: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(componentPath(component), [locateTool(tool), ...args], { timeout: toolMs });
}

/** Each program writes into a folder that is empty, and what it wrote is added to `folder`. */
async function evaluate(
  folder: string,
  component: ComponentName,
  tool: string,
  args: readonly string[],
): Promise<void> {
  const empty = await mkdtemp(join(folder, ".evaluation-"));
  const key = { program: componentPath(component), sources: [locateTool(tool)], inputs: args };
  await keepRun(key, empty, () => runTool(component, tool, empty, ...args));
  for (const name of await readdir(empty)) await rename(join(empty, name), join(folder, name));
  await rmdir(empty);
}

/** Now is now: results of a run that has just ended are not from the future. */
async function push(program: Program, args: readonly string[]): Promise<string> {
  const ran = await program.runWith({ now: () => new Date() }, "push", ...args, "--plain-http", "-o", "json");
  if (ran.code !== 0) throw new Error(`push: ${ran.err}`);
  const { reference } = JSON.parse(ran.out) as { reference: string };
  return reference;
}

/** What follows `push` in the last command that the documents show for a tool, for the folder and the registry here. */
function documentedArguments(registry: DockerRegistry, tool: Tool, folder: string, about?: "unnamed"): string[] {
  const shown = listDocumentedCommands(tool).at(-1) ?? "";
  const command = about === "unnamed" ? shown.replace(/ --model \S+/, "") : shown;
  const here = new Map([
    ["results", join(folder, "results")],
    ["quay.io/acme/evals", `${registry.host}/acme/evals:latest`],
  ]);
  const [, , ...args] = command.split(" ").map((word) => here.get(word) ?? word);
  return args;
}

async function reviewOnce(
  registry: DockerRegistry,
  publicKey: string,
  reference: string,
  asks: Json,
): Promise<Verdict> {
  const signers = [{ cosign: { publicKey, transparencyLog: "NotRequired" } }];
  const evidence = { repositories: [`${registry.host}/acme/evals`], signers };
  await using gate = await startTestGate(
    { "policy.yaml": policy(asks, { evidence }) },
    { registries: [{ host: registry.host, plainHttp: true }] },
  );
  const { allowed, auditAnnotations, status } = await gate.review(review(deployment(reference)));
  const causes = (status?.details?.causes ?? []).map(({ reason, message }) => `${reason}: ${message}`);
  return { allowed, reasons: auditAnnotations["reasons"], message: status?.message, causes };
}

/** That a workload is admitted. */
export const admitted = { allowed: true, reasons: undefined, causes: [] };

/** That it is denied for these reasons alone. */
export function denied(...reasons: readonly string[]): Pick<Verdict, "allowed" | "reasons"> {
  return { allowed: false, reasons: reasons.join(",") };
}
