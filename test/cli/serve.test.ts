import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { writeLayout } from "../support/artifacts.ts";
import { Collector, createProgram, type Program, type Ran } from "./program.ts";

let program: Program;
let running: Promise<Ran> | undefined;
let stop: () => void;

beforeEach(async () => {
  program = await createProgram();
});
afterEach(async () => {
  stop?.();
  await running;
  running = undefined;
  await program.remove();
});

interface Serving {
  readonly url: string;
  readonly healthUrl: string;
  readonly err: Collector;
  readonly out: Collector;
  readonly ended: Promise<Ran>;
}

/** Starts the gate on free ports, and waits until it says that it is ready. */
async function serve(...args: readonly string[]): Promise<Serving> {
  const err = new Collector();
  const out = new Collector();
  const stopped = Promise.withResolvers<void>();
  stop = () => stopped.resolve();
  const ended = program.runWith(
    { err, out, untilStopped: () => stopped.promise },
    "serve",
    "--port",
    "0",
    "--health-port",
    "0",
    ...args,
  );
  running = ended;
  for (;;) {
    const [, url, healthUrl] = /^ready: reviews at (\S+), health at (http:\/\/[^,\s]+)/m.exec(err.text) ?? [];
    if (url !== undefined && healthUrl !== undefined) return { url, healthUrl, err, out, ended };
    const over = await Promise.race([
      ended,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 10)),
    ]);
    if (over !== undefined) throw new Error(`serve ended with ${over.code}: ${err.text}`);
  }
}

function ask(url: string, ca: string, body: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { method: "POST", ca, headers: { "content-type": "application/json" }, agent: false },
      (response) => {
        json(response).then(resolve, reject);
      },
    );
    call.on("error", reject);
    call.end(JSON.stringify(body));
  });
}

test("without anything it makes its own folder, and judges", async () => {
  const { url, healthUrl, err, out, ended } = await serve();
  expect(err.text).toContain("made assaygate.d/policies with a policy to start from");
  expect(err.text).toContain("made assaygate.d/evidence, an empty image layout for evidence");
  expect(err.text).toMatch(
    /^ready: reviews at https:\/\/127\.0\.0\.1:\d+\/validate, health at http:\/\/127\.0\.0\.1:\d+, CA in assaygate\.d\/ca\.crt$/m,
  );
  expect((await fetch(`${healthUrl}/readyz`)).status).toBe(200);

  const ca = await readFile(join(program.folder, "assaygate.d/ca.crt"), "utf8");
  const good = evaluation();
  const at = "registry.example.com/ml/evals";
  const missing = await ask(url, ca, review(deployment(referenceTo(good, at))));
  expect(missing).toMatchObject({
    response: { allowed: false, status: { code: 403, message: expect.stringContaining("EVIDENCE_NOT_FOUND") } },
  });
  await writeLayout(join(program.folder, "assaygate.d/evidence"), [
    good,
    evaluation({ "dev.assaygate.model.family": "other" }),
  ]);
  const other = evaluation({ "dev.assaygate.model.family": "other" });
  expect(await ask(url, ca, review(deployment(referenceTo(other, at))))).toMatchObject({ response: { allowed: true } });

  stop();
  expect((await ended).code).toBe(0);
  const lines = out.text
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(lines).toContainEqual(expect.objectContaining({ msg: "ready", url: url.replace("/validate", ""), healthUrl }));
  expect(lines).toContainEqual(expect.objectContaining({ msg: "decision", decision: "deny" }));
});

test("what is in its folder already is left alone", async () => {
  await program.write("assaygate.d/policies/mine.yaml", policy({ maxAge: "1d" }, {}, "mine"));
  await mkdir(join(program.folder, "assaygate.d/evidence"));
  const { err } = await serve();
  expect(err.text).not.toContain("made");
  expect(existsSync(join(program.folder, "assaygate.d/policies/baseline.yaml"))).toBe(false);
});

test("options take the place of what the folder would hold", async () => {
  await program.write("p/mine.yaml", policy({ maxAge: "90d" }));
  const good = evaluation();
  await writeLayout(join(program.folder, "layout"), [good]);
  const { url, err, out } = await serve(
    "--policies",
    "p",
    "--evidence",
    "oci-layout:layout",
    "--log-level",
    "error",
    "--host",
    "localhost",
  );
  expect(err.text).not.toContain("made");
  expect(existsSync(join(program.folder, "assaygate.d/policies"))).toBe(false);
  const ca = await readFile(join(program.folder, "assaygate.d/ca.crt"), "utf8");
  expect(await ask(url.replace("[::1]", "localhost"), ca, review(deployment(referenceTo(good))))).toMatchObject({
    response: { allowed: expect.any(Boolean) },
  });
  expect(out.text).toBe("");
});

test("options override the configuration", async () => {
  await program.write("p/mine.yaml", policy({ maxAge: "90d" }));
  await program.write("gate.yaml", {
    policies: { directory: "nowhere" },
    listen: { host: "127.0.0.1", port: 1 },
    health: { host: "127.0.0.1", port: 1 },
    drainMs: 0,
  });
  const { healthUrl, err } = await serve("--config", "gate.yaml", "--policies", "p");
  expect(err.text).not.toContain("made");
  expect((await fetch(`${healthUrl}/readyz`)).status).toBe(200);
});

test("it serves all the same where the CA cannot be written", async () => {
  await program.write("p/mine.yaml", policy({ maxAge: "90d" }));
  await writeFile(join(program.folder, "assaygate.d"), "in the way");
  const { err } = await serve("--policies", "p", "--evidence", "oci-layout:layout");
  expect(err.text).toContain("assaygate.d/ca.crt: the self-made certificate's authority cannot be written");
  expect(err.text).toMatch(/^ready: reviews at \S+, health at \S+$/m);
});

test("a folder that cannot be made is unusable", async () => {
  await writeFile(join(program.folder, "assaygate.d"), "in the way");
  const { code, err } = await program.run("serve");
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("assaygate.d/policies: cannot be made (E") });
});

test("a port in use is unusable", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => void other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const { code, err } = await program.run("serve", "--port", port, "--health-port", "0");
  await new Promise((resolve) => other.close(resolve));
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining("the gate cannot start: Error: listen EADDRINUSE"),
  });
});

test("a certificate that is not there is unusable", async () => {
  await program.write("gate.yaml", { policies: { directory: "." }, tls: { certFile: "tls.crt", keyFile: "tls.key" } });
  const { code, err } = await program.run("serve", "--config", "gate.yaml", "--port", "0", "--health-port", "0");
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("tls.crt: cannot be read (ENOENT)") });
});

test.each<[string, readonly string[]]>([
  ["--port 65536: expected a port", ["--port", "65536"]],
  ["--health-port http: expected a port", ["--health-port", "http"]],
  ["--log-level inof: did you mean info?", ["--log-level", "inof"]],
  ["--evidence layout: expected oci-layout:PATH", ["--evidence", "layout"]],
  ["serve takes no operand, found policies", ["policies"]],
  ["unknown option --prot: did you mean --port?", ["--prot", "1"]],
  ["gate.yaml: cannot be read", ["--config", "gate.yaml"]],
])("%s", async (message, args) => {
  const { code, err } = await program.run("serve", ...args);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  expect(existsSync(join(program.folder, "assaygate.d"))).toBe(false);
});
