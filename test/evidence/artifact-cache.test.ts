import { describe, it, expect } from "@jest/globals";
import * as fc from "fast-check";
import { createArtifactCache, type ArtifactCache, type ArtifactCacheOptions } from "../../evidence/artifact-cache.ts";
import { absent, refused, unavailable } from "../../registry/errors.ts";
import type { Digest } from "../../policies/digest.ts";
import type { Evidence } from "../../policies/evidence.ts";
import {
  artifactOf,
  digestOf,
  evalhubArtifact,
  evalhubLayer,
  evalhubArtifactType,
  evaluationCardLayer,
  genericArtifact,
  jobResults,
  rawManifest,
  type BuiltArtifact,
} from "../support/artifacts.ts";
import { bodyOf, createMemorySource, type MemorySource } from "../support/memory-source.ts";
import { reasonOf } from "./outcome.ts";

const repository = "quay.io/acme/evals";
const never = new AbortController().signal;
const artifact = evalhubArtifact();
const { digest } = artifact;
const layerDigest = digestOf(evalhubLayer("results.json", jobResults()).bytes);

interface Setup {
  readonly store: ArtifactCache;
  readonly source: MemorySource;
  readonly clock: { time: number; now(): number };
  readonly seen: string[];
  readonly look: (needContent?: boolean) => Promise<Evidence>;
}

function setup(options: Partial<ArtifactCacheOptions> = {}, ...artifacts: BuiltArtifact[]): Setup {
  const source = createMemorySource(...(artifacts.length === 0 ? [artifact] : artifacts));
  const clock = { time: 1_000, now: (): number => clock.time };
  const seen: string[] = [];
  const observer = { hit: (): void => void seen.push("hit"), miss: (): void => void seen.push("miss") };
  const store = createArtifactCache(source, observer, options, clock);
  return {
    store,
    source,
    clock,
    seen,
    look: (needContent = false) => store.lookUp(repository, digest, needContent, never),
  };
}

/** Makes the source fail when it is asked for what the request begins with. */
function failing(asked: "manifest" | "blob", error: Error): (parts: Setup) => void {
  return ({ source }) => {
    source.intercept = (request) => {
      if (request.startsWith(asked)) throw error;
      return undefined;
    };
  };
}

async function isRemembered(elapsedMs: number, needContent: boolean, spoil: (parts: Setup) => void): Promise<boolean> {
  const parts = setup({ positiveTtlMs: 1_000, absentTtlMs: 10 });
  spoil(parts);
  await parts.look(needContent);
  parts.clock.time += elapsedMs;
  return parts.store.peek(repository, digest, needContent) !== undefined;
}

describe("the artifact store", () => {
  it("looks once, and then remembers", async () => {
    const { store, source, seen, look } = setup();
    expect(store.peek(repository, digest, false)).toBeUndefined();
    const first = await look();
    expect(first).toEqual({
      kind: "found",
      artifact: {
        repository,
        digest,
        kind: "evalhub-results",
        annotations: expect.anything(),
        content: { kind: "not-read" },
        subject: undefined,
        signatures: { kind: "not-looked-for" },
      },
    });
    expect(store.peek(repository, digest, false)).toBe(first);
    expect(await look()).toBe(first);
    expect(source.requests).toHaveLength(1);
    expect(seen).toEqual(["miss", "hit", "hit"]);
  });

  it("reads content when it is needed, with no second look at the manifest", async () => {
    const { store, source, look } = setup();
    await look(false);
    expect(store.peek(repository, digest, true)).toBeUndefined();
    const full = await look(true);
    expect(full).toMatchObject({ kind: "found", artifact: { content: { kind: "read" } } });
    expect(store.peek(repository, digest, true)).toBe(full);
    expect(source.requests).toEqual([`manifest ${repository}@${digest}`, `blob ${repository}@${layerDigest}`]);
  });

  it("never shows content to those who need none, so that answers do not depend on what others asked", async () => {
    const { look } = setup();
    await look(true);
    expect(await look(false)).toMatchObject({ artifact: { content: { kind: "not-read" } } });
  });

  it("fetches nothing for the content of an artifact that has none to read", async () => {
    const generic = genericArtifact();
    const { store, source } = setup({}, generic);
    expect(await store.lookUp(repository, generic.digest, true, never)).toMatchObject({
      artifact: { content: { kind: "none" } },
    });
    expect(source.requests).toHaveLength(1);
  });

  it("freezes what it gives", async () => {
    const { look } = setup();
    const evidence = await look(true);
    if (evidence.kind !== "found" || evidence.artifact.content.kind !== "read") throw new Error("not found");
    const { artifact: given } = evidence;
    for (const part of [evidence, given, given.annotations, given.content, evidence.artifact.content.benchmarks[0]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("a hit and a miss give the same, for any artifact", async () => {
    const files = fc.dictionary(fc.string(), fc.oneof(fc.json(), fc.constant(JSON.stringify(jobResults()))), {
      maxKeys: 3,
    });
    const annotations = fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(files, annotations, fc.boolean(), async (contents, notes, needContent) => {
        const layers = Object.entries(contents).map(([name, text]) => evalhubLayer(`${name}.json`, Buffer.from(text)));
        const any = artifactOf(layers, { artifactType: "application/vnd.eval-hub.github.io", annotations: notes });
        const { store } = setup({}, any);
        const miss = await store.lookUp(repository, any.digest, needContent, never);
        expect(store.peek(repository, any.digest, needContent)).toEqual(miss);
        expect(await setup({}, any).store.lookUp(repository, any.digest, needContent, never)).toEqual(miss);
      }),
    );
  });
});

describe("what the artifact store remembers, and for how long", () => {
  const other = genericArtifact();
  it.each<[string, boolean, (parts: Setup) => void, number | undefined]>([
    ["an artifact", false, () => undefined, 1_000],
    ["an artifact with its content", true, () => undefined, 1_000],
    ["T72 that it is absent", false, failing("manifest", absent("none")), 10],
    ["that its manifest is invalid", false, failing("manifest", refused("invalid", "no")), 10],
    ["T72 that the registry is unavailable", false, failing("manifest", unavailable("no-answer", "")), undefined],
    ["T72 that the registry denied access", false, failing("manifest", unavailable("denied", "401")), undefined],
    [
      "T72 that its bytes were others",
      false,
      ({ source }) => void (source.intercept = () => bodyOf(other.manifest)),
      undefined,
    ],
    ["T72 that its content is unavailable", true, failing("blob", unavailable("no-answer", "503")), undefined],
    ["T72 that its content came as nobody can take it", true, failing("blob", refused("invalid", "")), undefined],
    ["T72 that its content is absent", true, failing("blob", absent("none")), undefined],
    ["T72 that its content's bytes were others", true, failing("blob", refused("corrupt", "no")), undefined],
  ])("%s", async (_, needContent, spoil, rememberedMs) => {
    expect(await isRemembered(rememberedMs ?? 0, needContent, spoil)).toBe(rememberedMs !== undefined);
    expect(await isRemembered((rememberedMs ?? 0) + 1, needContent, spoil)).toBe(false);
  });

  it("that an artifact's content is invalid, like the artifact", async () => {
    const bomb = evalhubArtifact({ "results.json": Buffer.from("[".repeat(1_000)) });
    const { store, clock } = setup({ positiveTtlMs: 1_000 }, bomb);
    const content = await store.lookUp(repository, bomb.digest, true, never);
    expect(content).toMatchObject({ artifact: { content: { kind: "refused", reason: "ARTIFACT_INVALID" } } });
    clock.time += 1_000;
    expect(store.peek(repository, bomb.digest, true)).toBe(content);
  });

  it("T72 asks again after a 503, and then answers", async () => {
    const { source, look } = setup();
    source.intercept = (request) => {
      source.intercept = () => undefined;
      throw unavailable("no-answer", `503 to ${request}`);
    };
    expect(reasonOf(await look())).toBe("REGISTRY_UNAVAILABLE");
    expect(reasonOf(await look())).toBe("found");
  });

  it("T72 sees evidence that is pushed after a denial, when the short time is over", async () => {
    const late = genericArtifact({ late: "true" });
    const { store, source, clock } = setup({ absentTtlMs: 5_000 });
    const look = async (): Promise<string> => reasonOf(await store.lookUp(repository, late.digest, false, never));
    expect(await look()).toBe("absent");
    source.push(late);
    clock.time += 5_001;
    expect(await look()).toBe("found");
  });

  it("remembers nothing where the time to live is 0", async () => {
    const { source, look } = setup({ positiveTtlMs: 0 });
    await look();
    await look();
    expect(source.requests).toHaveLength(2);
  });

  it.each<[string, BuiltArtifact]>([
    [
      "an evaluation card that calls itself results",
      artifactOf([{ bytes: Buffer.from("{}"), mediaType: evaluationCardLayer }], { artifactType: evalhubArtifactType }),
    ],
    [
      "an index",
      rawManifest(Buffer.from('{"schemaVersion":2,"manifests":[]}'), "application/vnd.oci.image.index.v1+json"),
    ],
  ])("refuses %s", async (_, built) => {
    const { store } = setup({}, built);
    expect(reasonOf(await store.lookUp(repository, built.digest, false, never))).toBe("ARTIFACT_INVALID");
  });
});

describe("the key that the artifact store remembers by", () => {
  it.each<[string, (parts: Setup) => [string, Digest] | undefined]>([
    ["repository", () => [`${repository}2`, digest]],
    ["digest", () => [repository, genericArtifact().digest]],
    ["identity", ({ source }) => void (source.identity = () => "somebody else")],
  ])("T70 holds the %s", async (_, change) => {
    const parts = setup();
    await parts.look();
    const [otherRepository, otherDigest] = change(parts) ?? [repository, digest];
    expect(parts.store.peek(otherRepository, otherDigest, false)).toBeUndefined();
  });

  it("T70 cannot be forged by moving characters from one part to the next", async () => {
    const { store, source } = setup();
    source.identity = (name) => (name === "a/b" ? 'x","c' : "x");
    await store.lookUp("a/b", digest, false, never);
    expect(store.peek('c","a/b', digest, false)).toBeUndefined();
  });

  it("T70 lets nobody join a look under another identity", async () => {
    const { source, look } = setup();
    const first = look();
    source.identity = () => "somebody else";
    await Promise.all([first, look()]);
    expect(source.requests).toHaveLength(2);
  });
});

describe("looking together", () => {
  it("asks for the manifest once, and for the content once, however many wait", async () => {
    const { source, look } = setup();
    const all = await Promise.all(Array.from({ length: 1_000 }, (_, at) => look(at % 2 === 0)));
    expect(new Set(all.map(reasonOf))).toEqual(new Set(["found"]));
    expect(source.requests).toEqual([`manifest ${repository}@${digest}`, `blob ${repository}@${layerDigest}`]);
  });

  it("tells one who leaves DEADLINE_EXCEEDED, and harms nobody who stays", async () => {
    const { store, source, look } = setup();
    const gate = Promise.withResolvers<undefined>();
    source.intercept = () => gate.promise;
    const leaver = new AbortController();
    const leaving = store.lookUp(repository, digest, false, leaver.signal);
    const staying = look();
    leaver.abort();
    expect(reasonOf(await leaving)).toBe("DEADLINE_EXCEEDED");
    gate.resolve(undefined);
    expect(reasonOf(await staying)).toBe("found");
    expect(source.requests).toHaveLength(1);
  });

  it("finishes for the next one what everybody left", async () => {
    const { store, source } = setup();
    const gate = Promise.withResolvers<undefined>();
    source.intercept = () => gate.promise;
    const leaver = new AbortController();
    const leaving = store.lookUp(repository, digest, false, leaver.signal);
    leaver.abort();
    await leaving;
    const next = store.lookUp(repository, digest, false, never);
    gate.resolve(undefined);
    expect(reasonOf(await next)).toBe("found");
    expect(source.requests).toHaveLength(1);
  });

  it("ends a look under its own time, though its waiters have more and the source ignores the signal", async () => {
    const { source, look } = setup({ fetchTimeoutMs: 500 });
    source.intercept = () => new Promise(() => undefined);
    expect(reasonOf(await look())).toBe("DEADLINE_EXCEEDED");
    source.intercept = () => undefined;
    expect(reasonOf(await look())).toBe("found");
  });

  it("asks for so many things at once and no more, and gives the turn on after a failure", async () => {
    const { store, source } = setup({ places: { own: 3, shared: 0 } });
    let atOnce = 0;
    let most = 0;
    source.intercept = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce -= 1;
      throw unavailable("no-answer", "503");
    };
    const looks = Array.from({ length: 50 }, (_, at) => store.lookUp(repository, digestOf(`${at}`), false, never));
    expect(new Set((await Promise.all(looks)).map(reasonOf))).toEqual(new Set(["REGISTRY_UNAVAILABLE"]));
    expect(most).toBe(3);
  });

  it("counts waiting for a turn as part of the time", async () => {
    const { store, source } = setup({ places: { own: 1, shared: 0 }, fetchTimeoutMs: 5 });
    source.intercept = () => new Promise(() => undefined);
    const looks = ["a", "b", "c"].map((text) => store.lookUp(repository, digestOf(text), false, never));
    expect((await Promise.all(looks)).map(reasonOf)).toEqual(Array.from({ length: 3 }, () => "DEADLINE_EXCEEDED"));
  });

  it("passes a bug on to all who wait, and remembers nothing of it", async () => {
    const { source, look } = setup();
    source.intercept = () => {
      throw new TypeError("a bug");
    };
    expect((await Promise.allSettled([look(), look()])).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    source.intercept = () => undefined;
    expect(reasonOf(await look())).toBe("found");
  });
});

describe("the bounds of the artifact store", () => {
  it("T74 holds so many entries and no more, of a hundred thousand that are not there", async () => {
    const { store } = setup({ maxEntries: 500 });
    const hundredThousand = Array.from({ length: 100_000 }, (_, at) => digestOf(`${at}`));
    for (let at = 0; at < hundredThousand.length; at += 1_000) {
      await Promise.all(
        hundredThousand.slice(at, at + 1_000).map((one) => store.lookUp(repository, one, false, never)),
      );
      expect(store.usage().entries).toBeLessThanOrEqual(500);
    }
    expect(store.usage().entries).toBe(500);
  }, 60_000);

  it("T74 holds so many bytes and no more, of artifacts that are large", async () => {
    const large = Array.from({ length: 50 }, (_, at) => genericArtifact({ [`${at}`]: "x".repeat(100_000) }));
    const { store } = setup({ maxBytes: 1_000_000 }, ...large);
    for (const one of large) {
      expect(reasonOf(await store.lookUp(repository, one.digest, false, never))).toBe("found");
      expect(store.usage().bytes).toBeLessThanOrEqual(1_000_000);
    }
    expect(store.usage().entries).toBeGreaterThan(0);
  });

  it("T74 gives what is too large to remember, and does not remember it", async () => {
    const large = genericArtifact({ a: "x".repeat(100_000) });
    const { store } = setup({ maxBytes: 10_000 }, large);
    expect(reasonOf(await store.lookUp(repository, large.digest, false, never))).toBe("found");
    expect(store.usage()).toEqual({ entries: 0, bytes: 0 });
  });
});
