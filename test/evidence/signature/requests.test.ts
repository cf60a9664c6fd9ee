import { describe, expect, it } from "@jest/globals";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import { noTrust } from "../../../evidence/signature/trust.ts";
import type { RequiredSigners } from "../../../policies/policy.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { genericArtifact, type BuiltArtifact } from "../../support/artifacts.ts";
import { createMemorySource, type MemorySource } from "../../support/memory-source.ts";
import { attached, bundleOf, makeTestKey, simpleSigning, statementAbout } from "../../support/signatures.ts";

const repository = "quay.io/acme/evals";
const [key, otherKey] = [makeTestKey(), makeTestKey()];
const artifacts = ["one", "two", "three"].map((name) => genericArtifact({ "dev.assaygate.model.name": name }));
const signer = compileSigner({ cosign: { publicKey: key.pem, transparencyLog: "NotRequired" } });
if (typeof signer === "string") throw new Error(signer);
const required: readonly RequiredSigners[] = [{ any: [signer], threshold: 1 }];

const bundled = ({ digest }: BuiltArtifact, by = key): BuiltArtifact =>
  attached(bundleOf(by, statementAbout(digest)), digest);

/** Signs as cosign 2 does: under a tag. */
function signUnderTag(source: MemorySource, { digest }: BuiltArtifact): void {
  const signature = simpleSigning(key, digest);
  source.push(signature);
  source.tag(`${digest.replace(":", "-")}.sig`, signature.digest);
}

/** What is asked for one artifact after the other, each by its first word, and by how many signatures it is signed. */
async function requestsFor(source: MemorySource, asked: readonly BuiltArtifact[]): Promise<string[]> {
  const cache = createSignatureCache(source, () => noTrust);
  const each: string[] = [];
  for (const { digest } of asked) {
    const before = source.requests.length;
    const found = await cache.lookUp(repository, digest, required, AbortSignal.timeout(5_000));
    const words = source.requests.slice(before).map((request) => request.split(" ")[0]);
    each.push(`${words.join(" ")}: ${found.kind === "checked" ? found.verified.length : found.kind}`);
  }
  return each;
}

/** The evaluation's own manifest is asked for at the same time, by another. */
describe("a cold look for signatures asks", () => {
  const [one, two, three] = artifacts as [BuiltArtifact, BuiltArtifact, BuiltArtifact];

  it("for the list, the bundle's manifest and the bundle, and for no tag where that is enough", async () => {
    const source = createMemorySource(...artifacts, bundled(one));
    expect(await requestsFor(source, [one])).toEqual(["referrers manifest blob: 1"]);
  });

  it("for the tag where the list names nothing; the next time in the same repository for the tag alone", async () => {
    const source = createMemorySource(...artifacts);
    for (const artifact of artifacts) signUnderTag(source, artifact);
    expect(await requestsFor(source, [one, two, three])).toEqual([
      "referrers tag manifest blob: 1",
      "tag manifest blob: 1",
      "tag manifest blob: 1",
    ]);
  });

  it("for the tag where nothing on the list is the signer's", async () => {
    const source = createMemorySource(...artifacts, bundled(one, otherKey));
    signUnderTag(source, one);
    expect(await requestsFor(source, [one])).toEqual(["referrers manifest blob tag manifest blob: 1"]);
  });

  it("for the list where there is no tag, although the last ones were under tags, and for the list first from then on", async () => {
    const source = createMemorySource(...artifacts, bundled(two), bundled(three));
    signUnderTag(source, one);
    expect(await requestsFor(source, [one, two, three])).toEqual([
      "referrers tag manifest blob: 1",
      "tag referrers manifest blob: 1",
      "referrers manifest blob: 1",
    ]);
  });

  it("in both places where there is none", async () => {
    expect(await requestsFor(createMemorySource(...artifacts), [one, two])).toEqual([
      "referrers tag: 0",
      "referrers tag: 0",
    ]);
  });
});
