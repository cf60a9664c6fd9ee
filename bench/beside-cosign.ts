import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirePath as componentPath } from "../scripts/components/locate.ts";
import { deployment } from "../test/support/builders/workload.ts";
import { evaluation } from "../test/support/builders/evaluation.ts";
import { policy } from "../test/support/builders/policy.ts";
import { writeLayout } from "../test/support/artifacts.ts";
import { startDockerRegistry } from "../test/support/docker-registry.ts";
import { median } from "./median.ts";

/** How long `assaygate check` takes over a layout, and cosign to verify the signature on the same artifact there. */
export interface BesideCosign {
  /** Of our time to theirs. */
  readonly ratio: number;
  readonly checkMs: number;
  readonly cosignMs: number;
}

/**
 * One signed evaluation, as `cosign save` makes a layout of it for cosign, and as oras copies it with its signature for
 * assaygate. Both are run as whole programs, taking turns: cosign verifies one signature by a key, `check` does that, too, and
 * judges a Deployment by a policy.
 */
export async function measureBesideCosign(bundle: string, rounds: number): Promise<BesideCosign> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-beside-"));
  const registry = await startDockerRegistry();
  try {
    const { digest } = await publish(folder, registry.host);
    const check = [bundle, "check", "-f", "deploy.json", "--policies", "policy.json", "--evidence", "oci-layout:ours"];
    writeFileSync(join(folder, "deploy.json"), JSON.stringify(deployment(`${registry.host}/acme/evals@${digest}`)));
    const verify = ["verify", "--key", "key.pub", "--local-image", "--insecure-ignore-tlog", "theirs"];
    const checkTimes: number[] = [];
    const cosignTimes: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      checkTimes.push(time(folder, process.execPath, check));
      cosignTimes.push(time(folder, componentPath("cosign"), verify));
    }
    const [checkMs, cosignMs] = [median(checkTimes), median(cosignTimes)];
    return { ratio: checkMs / cosignMs, checkMs, cosignMs };
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Signs an evaluation and makes both layouts of it, and a policy that asks for the signature. */
async function publish(folder: string, host: string): Promise<{ digest: string }> {
  const artifact = evaluation();
  const run = (program: "cosign" | "oras", ...args: string[]): void =>
    void execFileSync(componentPath(program), args, { cwd: folder, env: environmentOf(folder), stdio: "pipe" });
  await writeLayout(join(folder, "plain"), [artifact]);
  const repository = `${host}/acme/evals`;
  run("oras", "cp", "--from-oci-layout", `plain@${artifact.digest}`, "--to-plain-http", `${repository}:v1`);
  run("cosign", "generate-key-pair", "--output-key-prefix", "key");
  const older = ["--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"];
  const reference = `${repository}@${artifact.digest}`;
  run("cosign", "sign", "--key", "key.key", ...older, "--allow-http-registry", reference);
  run("cosign", "save", "--allow-http-registry", "--dir", "theirs", reference);
  for (const tag of ["v1", `${artifact.digest.replace(":", "-")}.sig`])
    run("oras", "cp", "--from-plain-http", `${repository}:${tag}`, "--to-oci-layout", `ours:${tag}`);
  const publicKey = readFileSync(join(folder, "key.pub"), "utf8");
  const signers = [{ cosign: { publicKey, transparencyLog: "NotRequired" } }];
  const required = policy({ maxAge: "3650d" }, { evidence: { repositories: [repository], signers } });
  writeFileSync(join(folder, "policy.json"), JSON.stringify(required));
  return artifact;
}

function environmentOf(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env["PATH"], HOME: folder, COSIGN_PASSWORD: "", COSIGN_YES: "true" };
}

/** Milliseconds of a program that must succeed. */
function time(folder: string, program: string, args: readonly string[]): number {
  const startMs = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, env: environmentOf(folder) });
  const ms = performance.now() - startMs;
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${String(stdout)}${String(stderr)}`);
  return ms;
}
