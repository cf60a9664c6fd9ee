import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { writeLayout } from "../support/artifacts.ts";
import { annotations, evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { deployment } from "../support/builders/workload.ts";
import { makeTestKey } from "../support/signatures.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

let program: Program;
let digest: string;

beforeEach(async () => {
  program = await createProgram();
  await program.write("results/results.json", { accuracy: 0.64 });
  const pushed = await program.run("push", "results", "--to", "oci-layout:out:v1", "-o", "json");
  digest = (JSON.parse(pushed.out) as { digest: string }).digest;
  for (const name of ["own", "other"]) {
    const { privateKey } = makeTestKey();
    await program.write(`${name}.key`, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  }
});
afterEach(() => program.remove());

const why = ["--reason", "the test set was in the training data"];
const revoke = (...args: string[]): Promise<Ran> => program.run("revoke", `oci-layout:out@${digest}`, ...args);
const blob = async (name: string): Promise<string> =>
  readFile(join(program.folder, "out/blobs/sha256", name.replace("sha256:", "")), "utf8");
/** What the layout holds: nothing is half attached where that stays as it was. */
const content = async (): Promise<unknown> => [
  await readFile(join(program.folder, "out/index.json"), "utf8"),
  (await readdir(join(program.folder, "out/blobs/sha256"))).toSorted(),
];

describe("revoke", () => {
  it("attaches a signed statement about the digest, with the reason and the time", async () => {
    const { code, out, err } = await revoke(...why, "--sign", "own.key", "-o", "json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const report = JSON.parse(out) as { revocation: string };
    expect(report).toMatchObject({ reason: why[1], added: true, reference: `oci-layout:out@${digest}` });
    const manifest = JSON.parse(await blob(report.revocation)) as { subject: object; layers: [{ digest: string }] };
    expect(manifest).toMatchObject({
      subject: { digest },
      artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      annotations: { "dev.sigstore.bundle.predicateType": "https://assaygate.dev/revocation/v1" },
    });
    const bundle = JSON.parse(await blob(manifest.layers[0].digest)) as { dsseEnvelope: { payload: string } };
    expect(JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString())).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: { sha256: digest.replace("sha256:", "") } }],
      predicateType: "https://assaygate.dev/revocation/v1",
      predicate: { reason: why[1], revokedAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    });
  });

  it("adds nothing for who has revoked it already, and says what stands there", async () => {
    const first = await revoke(...why, "--sign", "own.key", "-o", "json");
    const before = await content();
    const { code, out } = await program.runWith(
      { now: () => new Date("2027-01-01T00:00:00Z") },
      "revoke",
      `oci-layout:out@${digest}`,
      "--reason",
      "another",
      "--sign",
      "own.key",
    );
    expect(code).toBe(0);
    expect(out).toContain(`revoked:    ${digest}, by the same signer before: nothing was added`);
    expect(out).toContain(`revocation: ${(JSON.parse(first.out) as { revocation: string }).revocation}`);
    expect(out).toContain(`reason:     ${why[1]}`);
    expect(await content()).toEqual(before);
  });

  it("adds one for another signer, and takes no signature for one", async () => {
    expect(await program.run("sign", `oci-layout:out@${digest}`, "--key", "own.key")).toMatchObject({ code: 0 });
    expect((await revoke(...why, "--sign", "own.key")).out).not.toContain("before");
    expect((await revoke(...why, "--sign", "other.key")).out).not.toContain("before");
  });

  it.each([
    ["without a reason", ["--sign", "own.key"], /revoke needs --reason TEXT/],
    ["with an empty reason", ["--reason", " ", "--sign", "own.key"], /revoke needs --reason TEXT/],
    ["with a book for a reason", ["--reason", "x".repeat(513), "--sign", "own.key"], /at most 512/],
    ["with no such key", [...why, "--sign", "gone.key"], /gone\.key/],
    ["with a key that is none", [...why, "--sign", "results/results.json"], /the key cannot be read/],
    ["keyless without services", why, /needs --signing-config and --trusted-root/],
  ])("%s writes nothing and says why", async (_, args, words) => {
    const before = await content();
    expect(await revoke(...args)).toEqual({ code: 2, out: "", err: expect.stringMatching(words) });
    expect(await content()).toEqual(before);
  });

  it("of something that is not there writes nothing", async () => {
    const before = await content();
    const gone = `oci-layout:out@sha256:${"0".repeat(64)}`;
    expect(await program.run("revoke", gone, ...why, "--sign", "own.key")).toMatchObject({ code: 1, out: "" });
    expect(await content()).toEqual(before);
    expect(await program.run("revoke", ...why, "--sign", "own.key")).toMatchObject({
      code: 2,
      err: expect.stringContaining("revoke takes one REF"),
    });
  });
});

describe("what was revoked", () => {
  const good = evaluation();
  const stranger = makeTestKey();
  const key = makeTestKey();
  const evidence = {
    repositories: ["quay.io/acme/evals"],
    revokers: [{ cosign: { publicKey: key.pem, transparencyLog: "NotRequired" } }],
  };
  const given = ["--policies", "policies", "--evidence", "oci-layout:layout"];
  const check = (...args: string[]): Promise<Ran> => program.run("check", "-f", "deploy.yaml", ...given, ...args);
  const revokeBy = (file: string): Promise<Ran> =>
    program.run("revoke", `oci-layout:layout@${good.digest}`, ...why, "--sign", file);

  beforeEach(async () => {
    await writeLayout(`${program.folder}/layout`, [good]);
    for (const [name, { privateKey }] of Object.entries({ key, stranger }))
      await program.write(`${name}.key`, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    await program.write("policies/policy.yaml", policy({ hardwareClass: ["SameAsWorkload"] }, { evidence }));
    await program.write("deploy.yaml", deployment(referenceTo(good)));
  });

  it("is denied from then on, by nobody's revocation but a revoker's", async () => {
    expect(await check()).toMatchObject({ code: 0 });
    expect(await revokeBy("stranger.key")).toMatchObject({ code: 0, err: "" });
    expect(await check()).toMatchObject({ code: 0 });
    expect(await revokeBy("key.key")).toMatchObject({ code: 0, err: "" });
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(out).toContain("EVIDENCE_REVOKED");
    expect(out).toContain(`revoked: ${why[1]} (by key sha256:`);
  });

  it("is named by replay, as a change of the evidence", async () => {
    await program.write("records.json", (await check("-o", "json")).out);
    expect(await program.run("replay", "records.json", ...given)).toMatchObject({ code: 0 });
    await revokeBy("key.key");
    const { code, out } = await program.run("replay", "records.json", ...given);
    expect(code).toBe(1);
    expect(out).toContain("admit, and now deny");
    expect(out).toMatch(/the evidence is not what it was\n.*revocations\.seen was 0, is 1/);
    expect(out).toContain("reasons was none, is EVIDENCE_REVOKED");
    await program.write("records.json", (await check("-o", "json")).out);
    expect(await program.run("replay", "records.json", ...given)).toMatchObject({ code: 0 });
    await program.write("policies/policy.yaml", policy({ hardwareClass: ["SameAsWorkload"] }));
    const loose = await program.run("replay", "records.json", ...given);
    expect(loose.out).toMatch(/the polic(?:y|ies)[^\n]*\n/);
    expect(loose.out).toContain("deny, and");
  });

  it("can be stated in a PolicyTest", async () => {
    const entry = { repository: "quay.io/acme/evals", digest: good.digest, annotations };
    const cases = [
      { name: "standing", expect: { decision: "admit" } },
      {
        name: "revoked",
        evidencePatch: { revokedBy: [key.pem] },
        expect: { decision: "deny", reasons: ["EVIDENCE_REVOKED"] },
      },
      { name: "a stranger's", evidencePatch: { revokedBy: [stranger.pem] }, expect: { decision: "admit" } },
    ];
    await program.write("policies/t.yaml", {
      apiVersion: "assaygate.dev/v1alpha1",
      kind: "PolicyTest",
      metadata: { name: "t" },
      spec: { now: "2026-11-20T12:00:00Z", workload: deployment(referenceTo(good)), evidence: [entry], cases },
    });
    expect(await program.run("test", "policies")).toMatchObject({ code: 0, err: "" });
  });
});
