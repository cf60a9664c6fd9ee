import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { contentLimits } from "../../evidence/content-budget.ts";
import { createDesk, type Desk } from "../../evidence/desk.ts";
import { readArtifact, readContent, type ReadContent } from "../../evidence/read-artifact.ts";
import type { Evidence } from "../../policies/evidence.ts";
import { limits } from "../../registry/limits.ts";
import {
  artifactOf,
  cardArtifact,
  cardRow,
  evalhubAnnotations,
  evalhubArtifact,
  evalhubArtifactType,
  evalhubLayer,
  evaluationCard,
  jobResults,
  metric,
  rawManifest,
  tarGzipLayer,
  type BuiltArtifact,
  type Layer,
} from "../support/artifacts.ts";
import { garakReport } from "../support/evaluator-files.ts";
import { bodyOf, createMemorySource } from "../support/memory-source.ts";

const repository = "quay.io/acme/evals";
const never = new AbortController().signal;
const mebibyte = 1024 * 1024;

/** `[],[],…`: as many values as fit into so many bytes. */
function emptyLists(bytes: number): string {
  return `[${"[],".repeat(Math.floor(bytes / 3) - 1)}[]]`;
}

function withLayers(...layers: readonly Layer[]): BuiltArtifact {
  return artifactOf(layers, { artifactType: evalhubArtifactType, annotations: evalhubAnnotations() });
}

async function read(artifact: BuiltArtifact, desk: Desk = createDesk()): Promise<ReadContent> {
  const source = createMemorySource(artifact);
  return readContent(source, await readArtifact(source, repository, artifact.digest, never, desk), never, desk);
}

function storeOf(...artifacts: readonly BuiltArtifact[]) {
  const source = createMemorySource(...artifacts);
  return { source, store: createArtifactCache(source, { hit: () => undefined, miss: () => undefined }) };
}

describe("an artifact that costs more than it weighs", () => {
  const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`);

  it.each<[string, BuiltArtifact, string]>([
    [
      "two layers of 16 MiB of empty lists each",
      withLayers(...["a.json", "b.json"].map((name) => evalhubLayer(name, Buffer.from(emptyLists(16 * mebibyte))))),
      `a layer unpacks to more than ${limits.layerBytes} bytes`,
    ],
    [
      "a layer of empty lists",
      withLayers(evalhubLayer("a.json", Buffer.from(emptyLists(mebibyte)))),
      `more than ${contentLimits.values} JSON values and keys`,
    ],
    [
      "a card of empty lists",
      cardArtifact(Buffer.from(emptyLists(mebibyte))),
      `more than ${contentLimits.values} JSON values and keys`,
    ],
    [
      "results that are spread over layers",
      withLayers(...numbered(8).map((name) => evalhubLayer(`${name}.json`, Buffer.from(emptyLists(60_000))))),
      `more than ${contentLimits.values} JSON values and keys`,
    ],
    [
      "too many metrics",
      evalhubArtifact({ "a.json": jobResults({ results: Array(contentLimits.metrics + 1).fill(0) }) }),
      `more than ${contentLimits.metrics} metrics and other results`,
    ],
    [
      "a card with too many metrics",
      cardArtifact(
        evaluationCard({
          rows: numbered(9).map((id) =>
            cardRow({ id, metrics: Object.fromEntries(numbered(1000).map((name) => [name, 0])) }),
          ),
        }),
      ),
      `more than ${contentLimits.metrics} metrics and other results`,
    ],
    [
      "a metric with a long name",
      evalhubArtifact({ "a.json": jobResults({ results: [metric("m".repeat(limits.nameCharacters + 1), 0.5)] }) }),
      `the name of a metric has more than ${limits.nameCharacters} characters`,
    ],
    [
      "a layer of nothing but extensions",
      withLayers({
        bytes: gzipSync(Buffer.concat(Array<Buffer>(contentLimits.heads + 1).fill(extension()))),
        mediaType: tarGzipLayer,
        annotations: { "olot.layer.content.name": "a.json" },
      }),
      `more than ${contentLimits.heads} entries of archives`,
    ],
  ])("is refused, with the limit: %s", async (_, artifact, message) => {
    const { content, lasting } = await read(artifact);
    expect(content).toEqual({ kind: "refused", reason: "ARTIFACT_INVALID", message: expect.stringContaining(message) });
    expect(lasting).toBe(true);
  });

  it("is remembered as refused, so that it costs nothing the second time", async () => {
    const artifact = withLayers(evalhubLayer("a.json", Buffer.from(emptyLists(mebibyte))));
    const { source, store } = storeOf(artifact);
    const look = (): Promise<Evidence> => store.lookUp(repository, artifact.digest, true, never);
    const first = await look();
    const asked = source.requests.length;
    expect(first).toMatchObject({ artifact: { content: { kind: "refused" } } });
    expect(store.peek(repository, artifact.digest, true)).toBe(first);
    expect(await look()).toBe(first);
    expect(source.requests).toHaveLength(asked);
  });

  it("does not take what the results need: the smallest layers are read first", async () => {
    const large = evalhubLayer("a.json", Buffer.from(emptyLists(3 * mebibyte)));
    const { content } = await read(withLayers(large, evalhubLayer("z.json", jobResults())));
    expect(content).toMatchObject({ kind: "read", benchmarks: [{ id: "mmlu" }] });
  });

  it("is read in short steps: others have their turn in between", async () => {
    let turns = 0;
    const desk: Desk = {
      ...createDesk(),
      turn: async () => void (turns += 1),
    };
    const { spent } = await read(withLayers(evalhubLayer("a.json", Buffer.from(emptyLists(mebibyte)))), desk);
    expect(spent.values).toBe(contentLimits.values + 1);
    expect(turns).toBeGreaterThan(spent.work / 64_000);
  });

  it("is read in short steps where it has many lines, however short each is", async () => {
    const content = Buffer.concat([garakReport(), Buffer.from('{"a":0}\n'.repeat(10_000))]);
    let turns = 0;
    const desk: Desk = { ...createDesk(), turn: async () => void (turns += 1) };
    await read(withLayers(evalhubLayer("run.report.jsonl", content)), desk);
    expect(turns).toBeGreaterThan(30);
  });

  it("has a manifest that is read in short steps, too", async () => {
    let turns = 0;
    const desk: Desk = { ...createDesk(), turn: async () => void (turns += 1) };
    const manifest = rawManifest(Buffer.from(`{"schemaVersion":2,"x":[${" ".repeat(60_000)}${"0,".repeat(8000)}0]}`));
    const source = createMemorySource(manifest);
    await expect(readArtifact(source, repository, manifest.digest, never, desk)).rejects.toThrow("malformed at config");
    expect(turns).toBeGreaterThan(4);
  });
});

describe("places for what is large", () => {
  const large = (name: string): BuiltArtifact =>
    withLayers(evalhubLayer(`${name}.json`, jobResults({ text: noise(name, 3 * limits.smallBytes) })));

  it("are not waited for by what is small, or is another registry's, when one sends a large layer and never ends", async () => {
    const [stuck, own, other] = [large("stuck"), large("own"), large("other")];
    const small = evalhubArtifact();
    const { source, store } = storeOf(stuck, own, other, small);
    const begun = Promise.withResolvers<void>();
    const leave = new AbortController();
    source.intercept = (request) => {
      const bytes = [...stuck.blobs].find(([digest]) => request === `blob a.example/x@${digest}`)?.[1];
      return bytes && bodyOf(bytes, { chunks: endless(bytes.subarray(0, -1), begun.resolve, leave.signal) });
    };
    const look = (host: string, { digest }: BuiltArtifact, signal = never): Promise<Evidence> =>
      store.lookUp(`${host}/x`, digest, true, signal);
    const waiting = [look("a.example", stuck, leave.signal)];
    await begun.promise;
    waiting.push(look("a.example", own, leave.signal));
    for (const found of [await look("a.example", small), await look("b.example", other)])
      expect(found).toMatchObject({ artifact: { content: { kind: "read" } } });
    expect(store.peek("a.example/x", own.digest, true)).toBeUndefined();
    leave.abort();
    // Who waited for a place in vain could not look, and nothing is remembered of it.
    for (const found of await Promise.all(waiting)) expect(found).toMatchObject({ reason: "DEADLINE_EXCEEDED" });
    expect(await look("a.example", own)).toMatchObject({ artifact: { content: { kind: "read" } } });
  });

  it("are one for a registry and two in all, and are handed on", async () => {
    const desk = createDesk();
    const order: string[] = [];
    const taken = (registry: string, name: string): Disposable => {
      const place = desk.place(registry, never);
      void place.take().then(() => order.push(name));
      return place;
    };
    const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const [a1, , b1] = [taken("a", "a1"), taken("a", "a2"), taken("b", "b1"), taken("c", "c1")];
    await settle();
    expect(order).toEqual(["a1", "b1"]);
    b1[Symbol.dispose]();
    await settle();
    expect(order).toEqual(["a1", "b1", "c1"]);
    a1[Symbol.dispose]();
    await settle();
    expect(order).toEqual(["a1", "b1", "c1", "a2"]);
  });

  it("are not lost to those who leave while they wait", async () => {
    const desk = createDesk();
    const gone = new AbortController();
    const first = desk.place("a", never);
    await first.take();
    const second = desk.place("a", gone.signal);
    const waiting = second.take();
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ failure: { reason: "out-of-time" } });
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    await desk.place("a", never).take();
  });
});

/** Texts that shrink little when they are packed, the same for the same seed. */
function noise(seed: string, bytes: number): string[] {
  const outputLength = limits.jsonStringBytes / 2;
  return Array.from({ length: Math.ceil(bytes / outputLength) }, (_, at) =>
    createHash("shake256", { outputLength }).update(`${seed}${at}`).digest("base64"),
  );
}

async function* endless(bytes: Uint8Array, begun: () => void, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield bytes;
  begun();
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

/** A head of type x with nothing behind it. */
function extension(): Buffer {
  const head = Buffer.alloc(512);
  head.write("00000000000\0", 124);
  head.write("        ", 148);
  head.write("x", 156);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return head;
}
