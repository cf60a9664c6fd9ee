import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { annotations } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { describeWith } from "../support/components.ts";
import { createCosign, type Cosign } from "../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { orasPush } from "../support/oras.ts";
import { expectSoon } from "../support/soon.ts";

jest.setTimeout(60_000);

const requirement = { environment: ["production"] };
const namespaces = [{ name: "prod-chat", labels: { "assaygate.dev/environment": "production" } }];

describeWith(["docker-registry", "oras", "cosign"], "a policy with signers, from a review to a verdict", () => {
  let registry: DockerRegistry;
  let cosign: Cosign;
  let folder: string;
  let ours: string;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    cosign = await createCosign();
    folder = await mkdtemp(join(tmpdir(), "assaygate-signed-"));
    ours = await cosign.makeKey("ours");
    await cosign.makeKey("theirs");
    await mkdir(join(folder, "keys"));
    await writeFile(join(folder, "keys", "ci.pub"), ours);
  });
  afterAll(async () => {
    await cosign?.[Symbol.asyncDispose]();
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const publish = async (name: string): Promise<string> => {
    const file = { mediaType: "text/plain", content: name };
    const artifactType = "application/vnd.assaygate.evaluation";
    const created = { "org.opencontainers.image.created": new Date().toISOString() };
    const artifact = {
      repository: "acme/evals",
      artifactType,
      annotations: { ...annotations, ...created },
      files: { n: file },
    };
    return `${registry.host}/acme/evals@${await orasPush(registry, artifact)}`;
  };
  const start = (...signers: Json[]): Promise<TestGate> => startWith(requirement, ...signers);
  const startWith = (asks: Json, ...signers: Json[]): Promise<TestGate> =>
    startTestGate(
      { "policy.yaml": policy(asks, { evidence: { repositories: [`${registry.host}/acme/evals`], signers } }) },
      {
        namespaces,
        registries: [{ host: registry.host, plainHttp: true }],
        signatures: { keysDirectory: join(folder, "keys"), reloadMs: 20 },
        cache: { absentTtlMs: 50 },
      },
    );
  /** Digests of what refers to an artifact, as tools write them where a registry keeps no list. */
  const referrersOf = async (reference: string): Promise<string[]> => {
    const tag = reference.slice(reference.indexOf("@") + 1).replace(":", "-");
    const headers = { accept: "application/vnd.oci.image.index.v1+json" };
    const response = await fetch(`http://${registry.host}/v2/acme/evals/manifests/${tag}`, { headers });
    const index = (await response.json()) as { manifests: { digest: string }[] };
    return index.manifests.map(({ digest }) => digest);
  };
  const ask = (gate: TestGate, reference: string): ReturnType<TestGate["review"]> =>
    gate.review(review(deployment(reference)));
  const unlogged = { transparencyLog: "NotRequired" };

  it("unsigned: denied; signed: admitted, and the record says by whom", async () => {
    await using gate = await start({ cosign: { publicKey: ours, ...unlogged } });
    const reference = await publish("one");
    const before = await ask(gate, reference);
    expect(before.status?.message).toContain("SIGNATURE_MISSING: no signature is attached");
    await cosign.sign(reference, "ours", "bundle");
    await expectSoon(async () => (await ask(gate, reference)).allowed);
    const records = gate.log.filter(({ msg }) => msg === "decision");
    expect(records.at(-1)).toMatchObject({
      decision: "admit",
      evidence: [{ state: "found", signers: [expect.stringMatching(/^key sha256:[0-9a-f]{64}$/)] }],
    });
    const asked = (await gate.get("/metrics")).body;
    await ask(gate, reference);
    const requests = (text: string): string[] =>
      text.split("\n").filter((line) => line.startsWith("assaygate_registry_requests_total"));
    // Warm: nobody is asked.
    expect(requests((await gate.get("/metrics")).body)).toEqual(requests(asked));
  });

  it("signed by another: denied, with who was expected", async () => {
    await using gate = await start({ cosign: { keyRef: "ci.pub", ...unlogged } });
    const reference = await publish("two");
    await cosign.sign(reference, "theirs", "bundle");
    const { status } = await ask(gate, reference);
    expect(status?.message).toContain("SIGNER_NOT_TRUSTED: signed, but not by key ci.pub: signed with another key");
  });

  it("attested by a real `cosign attest`: its results count for the evaluation, and only signed as the policy says", async () => {
    const reference = await publish("attested");
    const predicate = { result: "PASSED", configuration: [{ name: "safety" }], passedTests: ["toxicity"] };
    const type = "https://in-toto.io/attestation/test-result/v0.1";
    await cosign.sign(reference, "ours", "bundle");
    const before = await referrersOf(reference);
    await cosign.attest(reference, "theirs", { type, predicate });
    const theirs = (await referrersOf(reference)).find((one) => !before.includes(one));
    await cosign.attest(reference, "ours", { type, predicate });
    const own = (await referrersOf(reference)).find((one) => !before.includes(one) && one !== theirs);
    const asks = { ...requirement, benchmarks: [{ id: "toxicity", passed: true }] };
    await using gate = await startWith(asks, { cosign: { publicKey: ours, ...unlogged } });
    const at = `${registry.host}/acme/evals@`;
    expect((await ask(gate, reference)).status?.message).toContain("BENCHMARK_MISSING");
    expect((await ask(gate, `${reference},${at}${theirs}`)).status?.message).toContain("SIGNER_NOT_TRUSTED");
    expect(await ask(gate, `${reference},${at}${own}`)).toMatchObject({ allowed: true });
  });

  it("a key that is exchanged counts at once", async () => {
    await using gate = await start({ cosign: { keyRef: "ci.pub", ...unlogged } });
    const reference = await publish("three");
    await cosign.sign(reference, "theirs", "tag");
    expect(await ask(gate, reference)).toMatchObject({ allowed: false });
    await writeFile(join(folder, "keys", "ci.pub"), await cosign.makeKey("newer"));
    await cosign.sign(reference, "newer", "tag");
    await expectSoon(async () => (await ask(gate, reference)).allowed);
    await writeFile(join(folder, "keys", "ci.pub"), ours);
  });

  it.each<[string, Json, string]>([
    ["a key that is not mounted", { keyRef: "nobody.pub" }, "keyRef nobody.pub is not in the folder"],
    ["a log without a trusted root", { keyRef: "ci.pub" }, "signatures.trustedRoot"],
    [
      "certificates without a trusted root",
      { issuer: "https://issuer.example", identity: "ci@acme.example" },
      "signatures.trustedRoot",
    ],
    ["a key that is too weak", { publicKey: weak(), ...unlogged }, "less than 2048 bits"],
  ])("%s: not loaded, and said", async (_, signer, words) => {
    await using gate = await start({ cosign: signer });
    const { status, body } = await gate.get("/readyz");
    expect({ status, body }).toEqual({ status: 503, body: expect.stringContaining(words) });
  });
});

/** An RSA key of 1024 bits. */
function weak(): string {
  return generateKeyPairSync("rsa", { modulusLength: 1024 })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();
}
