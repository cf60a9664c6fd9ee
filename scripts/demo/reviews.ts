/**
 * Starts the real gate on its embedded default (a policy folder, an OCI image layout as its registry, a
 * self-made certificate), sends it AdmissionReviews over TLS, and shows each verdict as kubectl would. Ends with status 0
 * when every verdict is the one that it must be. `--keep` leaves the gate running.
 */
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, styleText } from "node:util";
import { Client } from "undici";
import { stringify } from "yaml";
import type { ReviewResponse } from "../../webhook/admission/response.ts";
import { startProgram } from "../child-process.ts";
import { writeLayout } from "../../test/support/artifacts.ts";
import { demoPolicy, evidence, scenes, tampered, type Scene } from "./scenes.ts";

const { values } = parseArgs({ options: { keep: { type: "boolean", default: false } } });
const folder = mkdtempSync(join(tmpdir(), "assaygate-demo-"));
const home = join(folder, "assaygate.d");
const layout = join(home, "evidence");
mkdirSync(join(home, "policies"), { recursive: true });
writeFileSync(join(home, "policies", "production.yaml"), stringify(demoPolicy));
await writeLayout(layout, evidence);
appendFileSync(join(layout, "blobs", "sha256", tampered.digest.slice("sha256:".length)), " ");

console.log(`The policy, ${join(home, "policies", "production.yaml")}:\n\n${indent(stringify(demoPolicy))}`);
const gate = startProgram(
  join(import.meta.dirname, "../..", "cli", "main.ts"),
  ["serve", "--port", "0", "--health-port", "0"],
  folder,
);
try {
  const ready = JSON.parse(await gate.line(/"msg":"ready"/)) as { url: string; caFile: string };
  const client = new Client(ready.url, { connect: { ca: readFileSync(ready.caFile, "utf8") } });
  const rows: { scene: Scene; response: ReviewResponse["response"]; ms: number }[] = [];
  for (const scene of scenes) {
    const startMs = performance.now();
    const { statusCode, body } = await client.request({
      method: "POST",
      path: "/validate?timeout=10s",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(scene.review),
    });
    const answer = (await body.json()) as ReviewResponse;
    rows.push({ scene, response: answer.response, ms: performance.now() - startMs });
    if (statusCode !== 200) throw new Error(`HTTP ${statusCode}: ${JSON.stringify(answer)}`);
    show(scene, answer.response);
  }
  await client.close();

  console.log("  verdict   time      reasons                     Deployment");
  for (const { scene, response, ms } of rows) {
    const reasons = response.auditAnnotations["reasons"] ?? "";
    console.log(
      `  ${(response.allowed ? "admitted" : "denied").padEnd(8)}  ${ms.toFixed(1).padStart(5)} ms  ${reasons.padEnd(26)}  ${scene.title}`,
    );
  }
  const wrong = rows.filter(
    ({ scene, response }) =>
      response.allowed !== (scene.denied === undefined) ||
      (response.auditAnnotations["reasons"] ?? "") !== (scene.denied ?? ""),
  );
  console.log(
    wrong.length === 0
      ? `\nAll ${rows.length} verdicts are as they must be.`
      : `\n${wrong.length} verdicts are WRONG: ${wrong.map(({ scene }) => scene.title).join("; ")}`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;

  if (values.keep) {
    console.log(`\nThe gate goes on at ${ready.url}/validate (CA in ${ready.caFile}) until Ctrl-C.`);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  }
} finally {
  await gate.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** As `kubectl apply` prints it. */
function show({ title }: Scene, { allowed, status, warnings = [] }: ReviewResponse["response"]): void {
  console.log(styleText("bold", `# a Deployment: ${title}`));
  console.log("$ kubectl apply -f granite.yaml");
  for (const warning of warnings) console.log(`Warning: ${warning}`);
  if (allowed) console.log(styleText("green", "deployment.apps/granite created\n"));
  else
    console.log(
      styleText(
        "red",
        `Error from server (${status?.reason}): error when creating "granite.yaml": admission webhook "gate.assaygate.dev" denied the request: ${status?.message}\n`,
      ),
    );
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "    ");
}
