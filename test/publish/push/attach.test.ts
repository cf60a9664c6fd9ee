import { createPrivateKey } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { signArtifact } from "../../../publish/push/sign.ts";
import type { Digest } from "../../../policies/digest.ts";
import { createHttpSource, type HttpSource } from "../../../registry/remote/http-source.ts";
import { createHttpTarget } from "../../../registry/remote/http-target.ts";
import { listReferrers } from "../../../registry/referrers.ts";
import type { PushTarget } from "../../../registry/target.ts";
import { genericArtifact, imageManifest } from "../../support/artifacts.ts";
import type { Fault } from "../../support/hostile-registry/exchange.ts";
import { status, withHeaders } from "../../support/hostile-registry/faults.ts";
import { type HostileRegistry, startHostileRegistry } from "../../support/hostile-registry/server.ts";
import {
  attached,
  bundleOf,
  makeTestKey,
  simpleSigning,
  statementAbout,
  type TestKey,
} from "../../support/signatures.ts";
import { errorOf, patient, plain } from "../../registry/remote/reading.ts";

const artifact = genericArtifact();
const subject = { mediaType: imageManifest, digest: artifact.digest, size: artifact.manifest.length };
const ours = makeTestKey();
const theirs = makeTestKey();
const index = "application/vnd.oci.image.index.v1+json";
const listsNothing: Fault = status(200, { "content-type": index }, '{"schemaVersion":2,"manifests":[]}');

let registry: HostileRegistry;
let source: HttpSource;
let target: PushTarget;
const open = async (referrers?: false): Promise<void> => {
  registry = await startHostileRegistry(referrers === false ? { referrers } : {});
  registry.push("acme/evals", artifact);
  const registries = [plain(registry)];
  source = createHttpSource({ registries });
  target = createHttpTarget({ registries });
};
beforeEach(() => open());
const close = async (): Promise<void> => {
  await Promise.all([source.close(), target.close()]);
  await registry.close();
};
afterEach(close);

const repository = (): string => `${registry.host}/acme/evals`;
const sign = ({ privateKey }: TestKey = ours): Promise<Digest> =>
  signArtifact(
    { target, source },
    repository(),
    subject,
    createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" })),
    new Date(0),
    patient,
  );
const listed = async (): Promise<Digest[]> =>
  (await listReferrers(source, repository(), artifact.digest, patient)).listed.map(({ digest }) => digest);
const written = (): number =>
  registry.requests.filter(({ method, kind }) => method === "PUT" && kind === "manifest").length;

describe("a signature is not said to be there before it can be found:", () => {
  it("a registry says that it lists, and lists nothing", async () => {
    registry.misbehave(listsNothing, { kind: "referrers" });
    const { failure } = await errorOf(sign());
    expect(failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(failure.message).toMatch(/lists it nowhere: whoever asks what refers to sha256:\w+… will not find it/);
  });

  it("a registry takes a moment until it lists", async () => {
    registry.misbehave(listsNothing, { kind: "referrers", times: 4 });
    const signature = await sign();
    expect(await listed()).toEqual([signature]);
    expect(written()).toBe(1);
  });

  it("a registry says that it lists, and has no list: the tag is kept", async () => {
    await close();
    await open(false);
    const says = withHeaders({ "oci-subject": artifact.digest });
    registry.misbehave(says, { kind: "manifest" });
    const signature = await sign();
    expect(await listed()).toEqual([signature]);
  });

  it("a registry lists, and does not say so: nothing is lost", async () => {
    const silent: Fault = ({ honest: { headers, ...honest }, send }) => {
      const { "oci-subject": _, ...rest } = headers;
      send({ ...honest, headers: rest });
    };
    registry.misbehave(silent, { kind: "manifest" });
    expect(await listed()).toEqual([]);
    const signature = await sign();
    expect(await listed()).toEqual([signature]);
  });

  it("the list cannot be had", async () => {
    registry.misbehave(status(403), { kind: "referrers" });
    expect((await errorOf(sign())).failure).toMatchObject({ kind: "unavailable", reason: "denied" });
    expect(written()).toBe(0);
  });
});

describe("a key that has signed does not sign again:", () => {
  it.each([undefined, false] as const)("with a list of referrers: %s", async (referrers) => {
    await close();
    await open(referrers);
    const first = await sign();
    const before = written();
    expect(await sign()).toBe(first);
    expect(written()).toBe(before);
    expect(await listed()).toEqual([first]);
  });

  it("among many by others, and after many by itself", async () => {
    for (let at = 0; at < 40; at++)
      registry.push(
        "acme/evals",
        attached(bundleOf(theirs, statementAbout(artifact.digest)), artifact.digest, {
          annotations: { at: String(at) },
        }),
      );
    const own = attached(bundleOf(ours, statementAbout(artifact.digest)), artifact.digest);
    registry.push("acme/evals", own);
    expect(await sign()).toBe(own.digest);
    expect(written()).toBe(0);
  });

  it("in cosign 2's form", async () => {
    const older = simpleSigning(ours, artifact.digest);
    registry.push("acme/evals", older);
    registry.put("acme/evals", older.manifest, { tag: `${artifact.digest.replace(":", "-")}.sig` });
    expect(await sign()).toBe(older.digest);
    expect(written()).toBe(0);
  });

  it("but beside another's, over another artifact, or a broken one it does", async () => {
    const other = genericArtifact({ other: "yes" });
    const hint = { verificationMaterial: { publicKey: { hint: ours.hint } } };
    for (const bundle of [
      bundleOf(theirs, statementAbout(artifact.digest)),
      bundleOf(theirs, statementAbout(artifact.digest), hint),
      bundleOf(ours, statementAbout(other.digest)),
    ])
      registry.push("acme/evals", attached(bundle, artifact.digest));
    const signature = await sign();
    expect(await listed()).toContain(signature);
    expect(await listed()).toHaveLength(4);
  });
});
