import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { contentLimits } from "../../evidence/content-budget.ts";
import { createDesk, type Desk } from "../../evidence/desk.ts";
import { readArtifact, readContent } from "../../evidence/read-artifact.ts";
import { explainUnusable } from "../../evidence/errors.ts";
import { limits } from "../../registry/limits.ts";
import type { Body } from "../../registry/source.ts";
import {
  artifactOf,
  cardArtifact,
  cardRow,
  evalhubAnnotations,
  evalhubArtifactType,
  evaluationCard,
  jobResults,
  metric,
  rawManifest,
  tarGzipLayer,
  type BuiltArtifact,
  type Layer,
} from "../support/artifacts.ts";
import { bodyOf, createMemorySource } from "../support/memory-source.ts";
import { manyOf } from "../support/evaluators/many.ts";
import { tarOf } from "../support/tar.ts";

/**
 * Looks for artifacts that cost more than they weigh: made of pieces that repeat, in each place where a reader goes through
 * something. What reading costs is counted, not timed, so that the answer is the same on every machine.
 */
const never = new AbortController().signal;

/** The most that one byte of content may cost: a value has at least two bytes with its comma, and counts 32 times. */
const workPerByte = 18;
/** What one turn may do: a step of reading, and the longest string behind it. */
const workPerTurn = 64 * 1024 + limits.jsonStringBytes;

/** Of one piece: over the limits of values and of strings, and small enough for many runs. */
const mostBytes = 1024 * 1024;

const unit = fc.constantFrom(
  "[]",
  "{}",
  "0",
  "1.5e3",
  '""',
  '"\\u0041"',
  '"é"',
  '{"":0}',
  '{"a":[{}]}',
  "null",
  " ",
  "\n\n",
  "9".repeat(900),
  `"${"x".repeat(5000)}"`,
  "[[[[]]]]",
  "-",
  "]",
  '{"metric_name":"m","metric_value":1}',
);
const amount = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(1_000, 10_000, 20_000, 70_000) },
);
/** JSON for the most part, and at times nearly JSON. */
const repeated = fc
  .record({
    one: unit,
    other: unit,
    count: amount,
    head: fc.constantFrom("[", '{"results":[', "", "[".repeat(60)),
    tail: fc.constantFrom("]", "]}", "", "]".repeat(60)),
  })
  .map(
    ({ one, other, count, head, tail }) =>
      `${head}${`${one},`.repeat(Math.min(count, Math.ceil(mostBytes / one.length)))}${other}${tail}`,
  );
const results = fc
  .record({
    count: amount,
    name: fc.constantFrom("m", "m".repeat(600)),
    value: fc.constantFrom<unknown>(0.5, "0.5", "x", null, [[]], { a: 1 }),
    extra: repeated,
  })
  .map(({ count, name, value, extra }) =>
    JSON.stringify(
      jobResults({
        results: Array.from({ length: Math.min(count, 10_000) }, (_, at) => metric(`${name}${at}`, value)),
        extra,
      }),
    ),
  );
/** Files of evaluators, each with many of what its reader goes through. */
const evaluatorFiles = fc
  .record({ count: amount, of: fc.constantFrom(...manyOf), extra: repeated })
  .map(({ count, of, extra }) => JSON.stringify({ ...of(Math.min(count, 2_000)), extra }));
const json = fc.oneof(repeated, results, evaluatorFiles).map((text) => Buffer.from(text));
const heads = fc
  .record({ type: fc.constantFrom("0", "5", "x", "L", "2"), count: fc.integer({ min: 0, max: 400 }), content: json })
  .map(({ type, count, content }) =>
    Buffer.concat([...Array<Buffer>(count).fill(headOf(type)), tarOf([{ name: "r.json", content }])]),
  );
const unpacked = fc.oneof(
  { weight: 4, arbitrary: json.map((content) => tarOf([{ name: "r.json", content }])) },
  { weight: 1, arbitrary: heads },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 * 1024 * 1024 }).map((length) => Buffer.alloc(length)) },
);

interface Made {
  readonly artifact: BuiltArtifact;
  /** Bytes of content, unpacked. */
  readonly bytes: number;
}

/** A counterexample is found again by seed and path: its bytes would fill pages. */
function made(artifact: BuiltArtifact, bytes: number): Made {
  return Object.assign({ artifact, bytes }, { [fc.toStringMethod]: () => `${artifact.digest}, ${bytes} bytes` });
}

const evalhub = fc.array(unpacked, { minLength: 1, maxLength: 4 }).map((contents): Made => {
  const layers = contents.map((content, at): Layer => ({
    bytes: gzipSync(content, { level: 1 }),
    mediaType: tarGzipLayer,
    annotations: { "olot.layer.content.name": `${at}.json` },
  }));
  const artifact = artifactOf(layers, { artifactType: evalhubArtifactType, annotations: evalhubAnnotations() });
  return made(
    artifact,
    contents.reduce((sum, { length }) => sum + length, 0),
  );
});
const rows = fc
  .record({
    count: amount,
    metrics: fc.integer({ min: 0, max: 30 }),
    id: fc.constantFrom("b", "b".repeat(500)),
    odd: fc.boolean(),
  })
  .map(({ count, metrics, id, odd }) => {
    const measured = Object.fromEntries(Array.from({ length: metrics }, (_, at) => [`m${at}`, 0.5]));
    return Buffer.from(
      JSON.stringify(
        evaluationCard({
          rows: Array.from({ length: Math.min(count, 1_100) }, (_, at) =>
            cardRow({ id: `${id}${at}`, metrics: measured, ...(odd && { status: 1 }) }),
          ),
        }),
      ),
    );
  });
const card = fc.oneof(rows, json).map((bytes) => made(cardArtifact(bytes), bytes.length));
const bundle = json.map((bytes) =>
  made(artifactOf([{ bytes, mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" }]), bytes.length),
);
const manifest = json.map((bytes) => made(rawManifest(bytes.subarray(0, limits.manifestBytes)), 0));

function headOf(type: string): Buffer {
  const head = tarOf([{ name: "x", content: Buffer.of(), type: "0" }]).subarray(0, 512);
  const before = head[156] ?? 0;
  head.write(type, 156);
  const sum = Number.parseInt(head.toString("latin1", 148, 154), 8) + type.charCodeAt(0) - before;
  head.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return head;
}

describe("reading any artifact", () => {
  it("costs no more than its size times a constant, within the limits, and is an answer", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: evalhub }, card, bundle, manifest),
        async ({ artifact, bytes }) => {
          let turns = 0;
          const desk: Desk = { ...createDesk(), turn: async () => void (turns += 1) };
          const source = createMemorySource();
          source.intercept = (request) => bodyFor(artifact, request);
          const read = await readArtifact(source, "quay.io/acme/evals", artifact.digest, never, desk).catch(refusalOf);
          if (read === undefined) return;
          turns = 0;
          const { content, lasting, spent } = await readContent(source, read, never, desk);
          expect(["none", "read", "refused"]).toContain(content.kind);
          expect(lasting).toBe(true);
          expect(spent.work).toBeLessThanOrEqual(workPerByte * bytes);
          expect(spent.bytes).toBeLessThanOrEqual(Math.min(bytes, contentLimits.bytes) + limits.smallBytes);
          // Each layer beyond the limit is refused with one more.
          expect(spent.values).toBeLessThanOrEqual(contentLimits.values + limits.layers);
          expect(spent.heads).toBeLessThanOrEqual(
            Math.min(contentLimits.heads + limits.layers, bytes / 512 + limits.layers),
          );
          expect(spent.work).toBeLessThanOrEqual((turns + 1) * workPerTurn);
        },
      ),
      { numRuns: 120 },
    );
  }, 240_000);
});

function bodyFor({ manifest: bytes, mediaType, blobs }: BuiltArtifact, request: string): Body | undefined {
  if (request.startsWith("manifest ")) return bodyOf(bytes, { mediaType });
  const blob = [...blobs].find(([digest]) => request.endsWith(digest))?.[1];
  return blob && bodyOf(blob);
}

/** A manifest that is refused is an answer, too; anything else is a bug. */
function refusalOf(error: unknown): undefined {
  if (explainUnusable(error)?.kind === "refused") return undefined;
  throw error;
}
