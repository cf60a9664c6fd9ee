import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import { noTrust } from "../../../evidence/signature/trust.ts";
import type { Signatures } from "../../../policies/artifact.ts";
import { signers as check } from "../../../policies/checks/signers.ts";
import type { RequiredSigners } from "../../../policies/policy.ts";
import { unavailable } from "../../../registry/errors.ts";
import { limits } from "../../../registry/limits.ts";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import type { Source } from "../../../registry/source.ts";
import { artifactOf, genericArtifact, type BuiltArtifact } from "../../support/artifacts.ts";
import { status } from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { bodyOf, createMemorySource, type MemorySource } from "../../support/memory-source.ts";
import {
  attached,
  bundleOf,
  makeTestKey,
  simpleSigning,
  statementAbout,
  type TestKey,
  requireKeys,
} from "../../support/signatures.ts";

const repository = "quay.io/acme/evals";
const artifact = genericArtifact();
const { digest } = artifact;
const ours = makeTestKey();
const second = makeTestKey();
const theirs = makeTestKey();
const olderTag = `${digest.replace(":", "-")}.sig`;

const look = (source: Source, required: RequiredSigners, at = repository): Promise<Signatures> =>
  createSignatureCache(source, () => noTrust).lookUp(at, digest, [required], AbortSignal.timeout(30_000));

/** `pass`, or the reason. */
function said(signatures: Signatures, required: RequiredSigners): string {
  const input = { evaluation: { signatures }, requirement: { signers: required } };
  const result = check.run(input as Parameters<typeof check.run>[0]);
  if (!("outcome" in result)) throw new Error("several results");
  return "reason" in result ? result.reason : result.outcome;
}

async function reasonFor(attachments: readonly BuiltArtifact[], required = requireKeys(1, ours)): Promise<string> {
  return said(await look(createMemorySource(artifact, ...attachments), required), required);
}

const numbered = (at: number): { annotations: Record<string, string> } => ({ annotations: { number: String(at) } });
const by = (key: TestKey, at = 0): BuiltArtifact =>
  attached(bundleOf(key, statementAbout(digest)), digest, numbered(at));
const note = (at: number, artifactType = "application/spdx+json"): BuiltArtifact =>
  artifactOf([{ bytes: Buffer.from(String(at)), mediaType: "text/plain" }], {
    artifactType,
    subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 },
  });
const times = (count: number, make: (at: number) => BuiltArtifact): BuiltArtifact[] =>
  Array.from({ length: count }, (_, at) => make(at));
const good = by(ours);

describe("one signature that holds is enough, with", () => {
  it.each<[string, readonly BuiltArtifact[]]>([
    ["16 more by the same key", times(17, (at) => by(ours, at))],
    ["a year of nightly ones by the same key", times(365, (at) => by(ours, at))],
    ["65 referrers that are no signatures", [...times(65, (at) => note(at)), good]],
    ["100 by strangers before it", [...times(100, (at) => by(theirs, at)), good]],
    ["100 broken ones before it", [...times(100, (at) => attached(Buffer.from(`{${at}`), digest)), good]],
    [
      "100 under its own hint that do not hold before it",
      [
        ...times(100, (at) =>
          attached(
            bundleOf(theirs, statementAbout(digest), { verificationMaterial: { publicKey: { hint: ours.hint } } }),
            digest,
            numbered(at),
          ),
        ),
        good,
      ],
    ],
  ])("%s", async (_, attachments) => {
    expect(await reasonFor(attachments)).toBe("pass");
  });

  it("70 more under the tag of cosign 2, as it adds one each time that it signs", async () => {
    const layers = [...times(70, () => simpleSigning(theirs, digest)), simpleSigning(ours, digest)].map((one) => {
      const {
        layers: [layer],
      } = JSON.parse(one.manifest.toString()) as { layers: [{ annotations: Record<string, string> }] };
      const bytes = [...one.blobs.values()].at(-1) ?? Buffer.alloc(0);
      return { bytes, mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", annotations: layer.annotations };
    });
    const older = artifactOf(layers);
    const source = createMemorySource(artifact, older);
    source.tag(olderTag, older.digest);
    const required = requireKeys(1, ours);
    expect(said(await look(source, required), required)).toBe("pass");
  });
});

describe("more than is looked at", () => {
  const required = requireKeys(1, ours);
  const crowd = times(limits.signatures + 20, (at) => by(theirs, at));

  it("is a denial of its own, which counts and says how to mend it", async () => {
    const found = await look(createMemorySource(artifact, ...crowd), required);
    expect(said(found, required)).toBe("SIGNATURES_TOO_MANY");
    expect(found).toMatchObject({
      unseen: {
        kind: "too-many",
        message: expect.stringMatching(/^148 manifests refer to it, and after 128/),
      },
    });
  });

  it("is asked for in counted steps", async () => {
    const source = createMemorySource(artifact, ...times(600, (at) => by(theirs, at)));
    await look(source, required);
    const asked = (kind: string): number => source.requests.filter((one) => one.startsWith(kind)).length;
    expect(asked("blob")).toBeLessThanOrEqual(limits.signatures + 16);
    expect(asked("manifest")).toBeLessThanOrEqual(limits.referrerManifests + 16);
  });

  it("of what says that it is no signature is none", async () => {
    const source = listing(createMemorySource(artifact, ...times(300, (at) => note(at))), "application/spdx+json");
    expect(said(await look(source, required), required)).toBe("SIGNATURE_MISSING");
  });

  it.each([
    ["layers", 1_025, /^1025 layers are under the tag/],
    ["many layers", 2_000, /^2000 layers are under the tag/],
    ["bytes", 4_000, /^more than 1048576 bytes are under the tag/],
  ])("of what is under the tag of cosign 2 is one, too: %s", async (_, count, message) => {
    const one = { bytes: Buffer.from("{}"), mediaType: "application/vnd.dev.cosign.simplesigning.v1+json" };
    const older = artifactOf(Array.from({ length: count }, () => ({ ...one, annotations: { a: "b".repeat(150) } })));
    const source = createMemorySource(artifact, older);
    source.tag(olderTag, older.digest);
    const found = await look(source, required);
    expect(said(found, required)).toBe("SIGNATURES_TOO_MANY");
    expect(found).toMatchObject({ unseen: { message: expect.stringMatching(message) } });
    source.push(good);
    expect(said(await look(source, required), required)).toBe("pass");
  });

  it("of a list that is too long to read is one, too", async () => {
    const source = createMemorySource(artifact);
    source.intercept = (request) =>
      request.startsWith("referrers") ? bodyOf(Buffer.alloc(1024 * 1024 + 1, " ")) : undefined;
    expect(said(await look(source, required), required)).toBe("SIGNATURES_TOO_MANY");
  });

  it("is looked through no further once it is enough", async () => {
    const source = createMemorySource(artifact, ...times(365, (at) => by(ours, at)));
    const store = createSignatureCache(source, () => noTrust);
    await store.lookUp(repository, digest, [required], AbortSignal.timeout(5_000));
    const asked = source.requests.length;
    expect(asked).toBeLessThan(50);
    expect(said(store.peek(repository, digest, [required]) ?? { kind: "not-looked-for" }, required)).toBe("pass");
    expect(store.peek(repository, digest, [requireKeys(2, ours, second)])).toBeUndefined();
    expect(source.requests).toHaveLength(asked);
  });

  it("is a denial even where something else could not be looked at", async () => {
    const source = createMemorySource(artifact, ...crowd);
    source.tagged = () => Promise.reject(unavailable("denied", "no"));
    expect(said(await look(source, required), required)).toBe("SIGNATURES_TOO_MANY");
  });
});

/** The source, with a list that says what the manifests are, as registries do. */
function listing(source: MemorySource, artifactType: string): Source {
  return {
    ...source,
    async *referrers(...args) {
      for await (const page of source.referrers(...args)) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of page.chunks) chunks.push(chunk);
        const list = JSON.parse(Buffer.concat(chunks).toString()) as { manifests: object[] };
        const text = JSON.stringify({ manifests: list.manifests.map((one) => ({ ...one, artifactType })) });
        yield {
          ...page,
          length: undefined,
          chunks: (async function* () {
            yield Buffer.from(text);
          })(),
        };
      }
    },
  };
}

describe("one answer spoils no other:", () => {
  const required = requireKeys(1, ours);

  it("the tag of cosign 2 is answered with 403, and a signature was found", async () => {
    await using registry = await startHostileRegistry();
    for (const one of [artifact, good]) registry.push("acme/evals", one);
    registry.misbehave(status(403), { kind: "manifest", reference: olderTag });
    await using source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true, maxRetries: 0 }] });
    const at = `${registry.host}/acme/evals`;
    expect(said(await look(source, required, at), required)).toBe("pass");
    const other = requireKeys(1, theirs);
    expect(said(await look(source, other, at), other)).toBe("REGISTRY_DENIED");
  });

  it.each([400, 403, 406, 500])("the list is answered with %i, and a signature is under the tag", async (code) => {
    await using registry = await startHostileRegistry();
    for (const one of [artifact, simpleSigning(ours, digest)]) registry.push("acme/evals", one);
    registry.put("acme/evals", simpleSigning(ours, digest).manifest, { tag: olderTag });
    registry.misbehave(status(code), { kind: "referrers" });
    await using source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true, maxRetries: 0 }] });
    expect(said(await look(source, required, `${registry.host}/acme/evals`), required)).toBe("pass");
  });

  it("one of two signatures cannot be had", async () => {
    const lost = by(theirs, 1);
    const source = createMemorySource(artifact, lost, good);
    source.intercept = (request) => {
      if (request.endsWith(lost.digest)) throw unavailable("no-answer", "down");
      return undefined;
    };
    expect(said(await look(source, required), required)).toBe("pass");
    const other = requireKeys(1, second);
    expect(said(await look(source, other), other)).toBe("REGISTRY_UNAVAILABLE");
  });
});

/** Kinds of attachments, by whoever can push; those of `genuine` hold. */
const hostile = bundleOf(theirs, statementAbout(digest), { verificationMaterial: { publicKey: { hint: ours.hint } } });
const kinds: readonly ((at: number) => BuiltArtifact)[] = [
  (at) => by(ours, at),
  (at) => by(second, at),
  (at) => by(theirs, at),
  (at) => attached(hostile, digest, numbered(at)),
  (at) => attached(Buffer.from(`{${at}`), digest),
  (at) => note(at),
  (at) => note(at, "application/vnd.cncf.notary.signature"),
  (at) =>
    attached(
      bundleOf(ours, statementAbout(digest, { predicateType: "https://slsa.dev/provenance/v1" })),
      digest,
      numbered(at),
    ),
];
const crowdOf = fc.array(fc.tuple(fc.nat(kinds.length - 1), fc.integer({ min: 1, max: 12 })), { maxLength: 6 });
const attachmentsOf = (groups: readonly (readonly [number, number])[]): BuiltArtifact[] =>
  groups.flatMap(([kind, count], group) => times(count, (at) => kinds[kind]?.(group * 100 + at) ?? note(at)));

describe("law 3: taking a signature away", () => {
  it.each([1, 2])("never turns a denial into an admission, with a threshold of %i", async (threshold) => {
    const required = requireKeys(threshold, ours, second);
    await fc.assert(
      fc.asyncProperty(crowdOf, fc.nat(), fc.boolean(), async (groups, pick, isDown) => {
        const all = attachmentsOf(groups);
        fc.pre(all.length > 0);
        const judge = async (some: readonly BuiltArtifact[]): Promise<boolean> => {
          const source = createMemorySource(artifact, ...some);
          if (isDown) source.tagged = () => Promise.reject(unavailable("denied", "no"));
          return said(await look(source, required), required) === "pass";
        };
        const less = all.toSpliced(pick % all.length, 1);
        expect([await judge(less), await judge(all)]).not.toEqual([true, false]);
      }),
      { numRuns: 60 },
    );
  });

  it("is of no use, in whatever order they are listed", async () => {
    const required = requireKeys(1, ours, second);
    await fc.assert(
      fc.asyncProperty(crowdOf, async (groups) => {
        const all = attachmentsOf(groups);
        const judge = async (some: readonly BuiltArtifact[]): Promise<string> => reasonFor(some, required);
        expect((await judge(all.toReversed())) === "pass").toBe((await judge(all)) === "pass");
      }),
      { numRuns: 40 },
    );
  });
});

describe("many signatures are verified in steps", () => {
  const strangers = times(100, (at) => by(theirs, at));
  const required = requireKeys(1, ours, second);

  it("with a turn for others after each pair of a signature and a signer", async () => {
    let turns = 0;
    const turn = async (): Promise<void> => void (turns += 1);
    const store = createSignatureCache(createMemorySource(artifact, ...strangers), () => noTrust, { turn });
    const found = await store.lookUp(repository, digest, [required], AbortSignal.timeout(30_000));
    expect(found).toMatchObject({ kind: "checked", seen: 100 });
    expect(turns).toBeGreaterThanOrEqual(200);
    expect(store.peek(repository, digest, [required])).toBe(found);
  });

  it("and those that are remembered for one policy are not verified all at once for another, nor fetched again", async () => {
    let turns = 0;
    const turn = async (): Promise<void> => void (turns += 1);
    const source = createMemorySource(artifact, ...strangers);
    const store = createSignatureCache(source, () => noTrust, { turn });
    await store.lookUp(repository, digest, [required], AbortSignal.timeout(30_000));
    const asked = source.requests.length;
    const other = [requireKeys(1, makeTestKey(), makeTestKey())];
    turns = 0;
    expect(store.peek(repository, digest, other)).toBeUndefined();
    const found = await store.lookUp(repository, digest, other, AbortSignal.timeout(30_000));
    expect(turns).toBeGreaterThanOrEqual(200);
    expect(store.peek(repository, digest, other)).toBe(found);
    expect(source.requests).toHaveLength(asked);
  });
});
