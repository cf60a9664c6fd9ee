import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type BuiltArtifact, metric, writeLayout } from "../support/artifacts.ts";
import { cardEvaluation, evalhubEvaluation, evaluation } from "../support/builders/evaluation.ts";
import { revoking } from "../support/revocations.ts";
import { attached, bundleOf, seededKey, statementAbout } from "../support/signatures.ts";
import { createProgram, type Program } from "./program.ts";

const good = evaluation();
const evalhub = evalhubEvaluation();
const signature = attached(bundleOf(seededKey(1), statementAbout(good.digest)), good.digest);
const ref = ({ digest }: BuiltArtifact): string => `oci-layout:evidence@${digest}`;

describe("inspect", () => {
  let program: Program;
  beforeEach(async () => {
    program = await createProgram();
    await writeLayout(join(program.folder, "evidence"), [good, evalhub, signature]);
  });
  afterEach(() => program.remove());

  it("shows every field with its value and its annotation, and what is unknown", async () => {
    const { code, out, err } = await program.run("inspect", ref(good));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^modelName +ibm-granite\/granite-3\.1-8b-instruct {2}\(dev\.assaygate\.model\.name\)$/m);
    expect(out).toMatch(/^promptDigest +unknown$/m);
    expect(out).toContain("signatures: bundle (not verified)");
  });

  it("shows what the content holds", async () => {
    const { out } = await program.run("inspect", ref(evalhub));
    expect(out).toContain("lm_evaluation_harness/mmlu: no verdict\n    acc,none = 0.642");
    expect(out).toContain("signatures: none");
  });

  it("shows what a card states where no annotation does", async () => {
    const silent = cardEvaluation({}, {}, ["dev.assaygate.model.name"]);
    await writeLayout(join(program.folder, "evidence"), [silent]);
    const { out } = await program.run("inspect", ref(silent));
    expect(out).toMatch(/^modelName +granite-3\.1-8b-instruct {2}\(the card\)$/m);
    expect(out).toMatch(/^collectionId +safety-and-fairness-v1 {2}\(dev\.assaygate\.collection\.id\)$/m);
  });

  it("shows nothing that a terminal would obey", async () => {
    const hostile = "\u001b]0;owned\u0007\u202e";
    const annotations = { "dev.assaygate.model.name": hostile };
    const results = { results: [metric(hostile, 1)], completed_at: hostile };
    const artifact = evalhubEvaluation(results, annotations);
    await writeLayout(join(program.folder, "evidence"), [artifact]);
    const { code, out } = await program.run("inspect", ref(artifact));
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("content: 1 benchmarks") });
    expect(out).not.toMatch(/(?!\n)[^\x20-\x7e…]/);
  });

  it("shows what revokes it, and that this is not verified", async () => {
    const key = seededKey(2);
    const about = evaluation({ note: "other" }).digest;
    const revocations = [
      revoking(key, good.digest),
      revoking(key, good.digest, { subject: [{ digest: { sha256: about.slice(7) } }] }),
    ];
    await writeLayout(join(program.folder, "evidence"), [good, ...revocations]);
    const { code, out } = await program.run("inspect", ref(good));
    expect(code).toBe(0);
    expect(out).toContain("revocations: 1 (not verified; to verify: assaygate verify REF --revoker FILE)\n");
    expect(out).toMatch(
      /^ {2}the test set was in the training data \(at 2026-11-20T12:00:00Z, said to be signed with the key /m,
    );
    const json = await program.run("inspect", ref(good), "-o", "json");
    expect(JSON.parse(json.out)).toMatchObject({
      revocations: [{ statement: revocations[0]?.digest, signedWith: "key", verified: false }],
    });
  });

  it("says where nothing revokes it", async () => {
    expect((await program.run("inspect", ref(good))).out).toContain("revocations: none\n");
  });

  it("says the same in JSON", async () => {
    const { out } = await program.run("inspect", ref(evalhub), "-o", "json");
    expect(JSON.parse(out)).toMatchObject({
      digest: evalhub.digest,
      kind: "evalhub-results",
      isEvaluation: true,
      content: { kind: "read", benchmarks: [{ id: "mmlu", metrics: { "acc,none": 0.642 } }] },
      signatures: [],
    });
  });

  it("ends with 1 for what is not there", async () => {
    const { code, err } = await program.run("inspect", `oci-layout:evidence@sha256:${"0".repeat(64)}`);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("the image layout holds no sha256:00000000…"),
    });
  });

  it("ends with 3 for a layout that is not there", async () => {
    expect(await program.run("inspect", `oci-layout:nowhere@${good.digest}`)).toMatchObject({ code: 3, out: "" });
  });

  it.each(["oci-layout:evidence", "oci-layout:evidence:", "oci-layout:evidence@latest"])(
    "says how a reference to a layout is written, and what the layout names, for %s",
    async (text) => {
      const { code, out, err } = await program.run("inspect", text);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      const form = "write it as oci-layout:PATH@sha256:<64 hex>, or oci-layout:PATH:TAG";
      const named = [good, evalhub, signature].map(({ digest }) => digest).join(", ");
      expect(err).toContain(`${text} names nothing in an image layout: ${form}; the layout names ${named}\n`);
    },
  );

  it("says so where there is no layout, and which tags there are where one is not there", async () => {
    const { code, err } = await program.run("inspect", "oci-layout:nowhere");
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("nowhere: the image layout's index.json") });
    const tagged = await program.run("inspect", "oci-layout:evidence:v1");
    expect(tagged.err).toContain(`the image layout has no tag v1: it names ${good.digest}, `);
  });

  it.each([
    ["nothing", []],
    ["a tag alone", ["quay.io/acme/evals:v1"]],
    ["a bare digest", [good.digest]],
    ["two", [ref(good), ref(evalhub)]],
  ])("ends with 2 for %s", async (_, args) => {
    expect(await program.run("inspect", ...args)).toMatchObject({ code: 2, out: "" });
  });
});
