import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { type BuiltArtifact, writeLayout } from "../support/artifacts.ts";
import { evalhubEvaluation, evaluation } from "../support/builders/evaluation.ts";
import { describeWith } from "../support/components.ts";
import { createCosign, type Cosign } from "../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { createNotation, type Notation } from "../support/notation.ts";
import { orasPush } from "../support/oras.ts";
import { revoking } from "../support/revocations.ts";
import { attached, bundleOf, makeTestKey, statementAbout } from "../support/signatures.ts";
import { createProgram, type Program } from "./program.ts";

const ours = makeTestKey();
const theirs = makeTestKey();
const signed = evaluation();
const unsigned = evalhubEvaluation();
const signature = attached(bundleOf(ours, statementAbout(signed.digest)), signed.digest);
const ref = ({ digest }: BuiltArtifact): string => `oci-layout:evidence@${digest}`;

describe("verify", () => {
  let program: Program;
  const blob = (digest: string): string => join(program.folder, "evidence", "blobs", "sha256", digest.slice(7));
  const layer = [...unsigned.blobs.keys()].at(-1) ?? "";

  beforeEach(async () => {
    program = await createProgram();
    await writeLayout(join(program.folder, "evidence"), [signed, unsigned, signature]);
    await program.write("ours.pub", ours.pem);
    await program.write("theirs.pub", theirs.pem);
  });
  afterEach(() => program.remove());

  describe("what is revoked", () => {
    const revoked = [signed, signature, revoking(ours, signed.digest)];
    const run = async (artifacts: readonly BuiltArtifact[], ...args: readonly string[]) => {
      await rm(join(program.folder, "evidence"), { recursive: true });
      await writeLayout(join(program.folder, "evidence"), artifacts);
      return program.run("verify", ref(signed), "--key", "ours.pub", ...args);
    };

    it("does not hold where it was by somebody who may revoke", async () => {
      const { code, out } = await run(revoked, "--revoker", "theirs.pub", "--revoker", "ours.pub");
      expect(code).toBe(1);
      expect(out).toMatch(/^✖ revocations: revoked: the test set was in the training data \(by key sha256:/m);
    });

    it("holds where it was by anybody else, and where it was by nobody", async () => {
      const others = await run(revoked, "--revoker", "theirs.pub");
      expect(others).toMatchObject({ code: 0, out: expect.stringContaining("✔ revocations: none by theirs.pub") });
      const none = await run([signed, signature], "--revoker", "ours.pub");
      expect(none).toMatchObject({ code: 0, out: expect.stringContaining("✔ revocations: none by ours.pub") });
    });

    it("is told of, and verifies nothing, where nobody is named", async () => {
      const { code, out } = await run(revoked);
      expect(code).toBe(0);
      expect(out).toContain("! revocations: 1 attached, not verified: --revoker FILE names who may revoke\n");
      expect((await run([signed, signature])).out).not.toContain("revocations");
    });

    it("cannot be told without what verifies its signer", async () => {
      const identity = ["--revoker-oidc-issuer", "https://issuer.example", "--revoker-identity", "qa@acme.example"];
      const { code, out } = await run(revoked, ...identity);
      expect({ code, out }).toEqual({ code: 1, out: expect.stringContaining("✖ revocations: it cannot be told") });
      const [issuer] = [identity.slice(0, 2)];
      expect(await run(revoked, ...issuer)).toMatchObject({ code: 2, err: expect.stringContaining("go together") });
    });
  });

  it("reads every byte", async () => {
    const { code, out } = await program.run("verify", ref(unsigned));
    expect(code).toBe(0);
    expect(out.split("\n").filter((line) => line.startsWith("✔"))).toHaveLength(3);
  });

  it.each<[string, (file: string) => Promise<void>, RegExp]>([
    ["other bytes", (file) => writeFile(file, "x"), /✖ layer sha256:\w+…: 1 bytes, but the manifest states \d+/],
    ["more bytes", (file) => writeFile(file, "x".repeat(100_000)), /✖ layer sha256:\w+…: more than the \d+ bytes/],
    ["no bytes", (file) => rm(file), /✖ layer sha256:\w+…: the image layout holds no/],
  ])("ends with 1 where a layer has %s", async (_, damage, words) => {
    await damage(blob(layer));
    const { code, out } = await program.run("verify", ref(unsigned));
    expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(words) });
  });

  it("ends with 1 where the manifest is another one", async () => {
    await writeFile(blob(unsigned.digest), "{}");
    expect(await program.run("verify", ref(unsigned))).toMatchObject({ code: 1, out: "" });
  });

  it.each<[string, BuiltArtifact, string[], number, string]>([
    ["by our key", signed, ["--key", "ours.pub"], 0, "signed by key sha256:"],
    [
      "by one of two",
      signed,
      ["--key", "ours.pub", "--key", "theirs.pub", "--threshold", "1"],
      0,
      "signed by key sha256:",
    ],
    ["by two, of whom one has", signed, ["--key", "ours.pub", "--key", "theirs.pub"], 1, "1 of 2 signers"],
    ["by another key", signed, ["--key", "theirs.pub"], 1, "0 of 1 signers: signed with another key"],
    ["where none is attached", unsigned, ["--key", "ours.pub"], 1, "none is attached"],
    [
      "by an identity, without a root",
      signed,
      ["--certificate-oidc-issuer", "https://issuer.example", "--certificate-identity", "ci@acme.example"],
      1,
      "signed with a key, not with a certificate",
    ],
    ["in a log", signed, ["--key", "ours.pub", "--require-log"], 1, "no trusted root"],
  ])("asks for a signature %s", async (_, artifact, args, code, words) => {
    const ran = await program.run("verify", ref(artifact), ...args);
    expect(ran).toMatchObject({ code, out: expect.stringContaining(words) });
  });

  it("says how many are attached where there are more than are looked at", async () => {
    const crowd = Array.from({ length: 150 }, (_, at) =>
      attached(bundleOf(theirs, statementAbout(signed.digest)), signed.digest, { annotations: { at: String(at) } }),
    );
    await writeLayout(join(program.folder, "evidence"), [signed, ...crowd]);
    const { code, out } = await program.run("verify", ref(signed), "--key", "ours.pub");
    expect(code).toBe(1);
    expect(out).toMatch(/✖ signatures: 150 manifests refer to it, and after 128 signatures 22 were/);
  });

  it.each([
    ["no artifact", []],
    ["a threshold without keys", [ref(signed), "--threshold", "1"]],
    ["a threshold of none", [ref(signed), "--key", "ours.pub", "--threshold", "0"]],
    ["an issuer without an identity", [ref(signed), "--certificate-oidc-issuer", "https://issuer.example"]],
    ["a trust store without a subject", [ref(signed), "--trust-store", "acme"]],
    ["a subject that is none", [ref(signed), "--trust-store", "acme", "--trusted-identity", "CN=anybody"]],
    ["a key that is not there", [ref(signed), "--key", "nobody.pub"]],
  ])("ends with 2 for %s", async (_, args) => {
    expect(await program.run("verify", ...args)).toMatchObject({ code: 2, out: "" });
  });
});

describeWith(["docker-registry", "oras", "cosign"], "verify and cosign verify", () => {
  jest.setTimeout(60_000);
  let registry: DockerRegistry;
  let cosign: Cosign;
  let program: Program;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    cosign = await createCosign();
    program = await createProgram();
    await program.write("ours.pub", await cosign.makeKey("ours"));
    await cosign.makeKey("theirs");
    const registries = [{ host: registry.host, plainHttp: true }];
    await program.write("config.yaml", { policies: { directory: "." }, registries });
  });
  afterAll(async () => {
    await program?.remove();
    await cosign?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  it.each([
    [["ours"], "bundle", 0],
    [["ours"], "tag", 0],
    [["theirs"], "bundle", 1],
    [["theirs"], "tag", 1],
    [["theirs", "ours"], "bundle", 0],
    [[], "bundle", 1],
    [[], "tag", 1],
  ] as const)("agree on signatures by %j, in a %s", async (keys, layout, code) => {
    const file = { mediaType: "text/plain", content: `${keys.join(" ")} ${layout}` };
    const artifact = { repository: "acme/evals", artifactType: "application/vnd.example", files: { n: file } };
    const reference = `${registry.host}/acme/evals@${await orasPush(registry, artifact)}`;
    for (const key of keys) await cosign.sign(reference, key, layout);
    const ran = await program.run("verify", reference, "--key", "ours.pub", "--config", "config.yaml");
    expect([ran.code, await cosign.verifies(reference, "ours", layout)]).toEqual([code, code === 0]);
  });
});

describeWith(["docker-registry", "oras", "notation"], "verify and notation verify", () => {
  jest.setTimeout(60_000);
  let registry: DockerRegistry;
  let notation: Notation;
  let program: Program;
  let subject: string;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    notation = await createNotation();
    program = await createProgram();
    subject = await notation.makeSigner("ours");
    await notation.makeSigner("theirs");
    const registries = [{ host: registry.host, plainHttp: true }];
    const signatures = { trustStoresDirectory: notation.trustStores };
    await program.write("config.yaml", { policies: { directory: "." }, registries, signatures });
  });
  afterAll(async () => {
    await program?.remove();
    await notation?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  it.each([
    ["by our signer", ["ours"], (own: string) => own, 0],
    ["by another", ["theirs"], (own: string) => own, 1],
    ["by both", ["theirs", "ours"], (own: string) => own, 0],
    ["by nobody", [], (own: string) => own, 1],
    ["by another subject", ["ours"], (own: string) => own.replace("O=Notary", "O=Elsewhere"), 1],
  ] as const)("agree on an artifact that is signed %s", async (what, signers, identityOf, code) => {
    const file = { mediaType: "text/plain", content: what };
    const artifact = { repository: "acme/evals", artifactType: "application/vnd.example", files: { n: file } };
    const reference = `${registry.host}/acme/evals@${await orasPush(registry, artifact)}`;
    for (const signer of signers) await notation.sign(reference, signer);
    const identity = identityOf(subject);
    const by = ["--trust-store", "ours", "--trusted-identity", identity];
    const ran = await program.runWith({ now: () => new Date() }, "verify", reference, ...by, "--config", "config.yaml");
    expect([ran.code, await notation.verifies(reference, "ours", identity)]).toEqual([code, code === 0]);
  });
});
