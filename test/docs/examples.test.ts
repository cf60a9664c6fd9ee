import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { loadPolicySet } from "../../policies/language/load.ts";
import { loadConfig } from "../../config/load-config.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { describeWith } from "../support/components.ts";
import { openCheckout, type Checkout } from "./checkout.ts";
import { documents, examplesIn, isOutput, read, root, stepsIn, type Example } from "./documents.ts";

const waitMs = 60_000;

/** Commands that documents show are run as they stand, and must print what the document says. */
function runExamples(examples: readonly Example[]): void {
  let checkout: Checkout;
  beforeAll(async () => {
    checkout = await openCheckout();
  });
  afterAll(async () => {
    await checkout[Symbol.asyncDispose]();
  });
  it.each(examples.map((example) => [stepsIn(example.content).at(0)?.command ?? "", example] as const))(
    "$ %s",
    async (_, { mark, content }) => {
      const steps = stepsIn(content);
      expect(steps).not.toHaveLength(0);
      if (mark === "serve") return checkout.serve(steps[0]?.command ?? "");
      const ran = await checkout.run(steps);
      for (const [at, { command, output }] of steps.entries()) {
        const { text = "", status } = ran[at] ?? {};
        const isLast = at === steps.length - 1;
        const wanted = isLast ? Number(/exit ([0-9])/.exec(mark)?.[1] ?? 0) : 0;
        expect({ command, status, text: isOutput(output, text) ? output.join("\n") : text }).toEqual({
          command,
          status: wanted,
          text: output.join("\n"),
        });
      }
    },
    waitMs,
  );
}

/** A part of a file may stand further left than in the file. */
const flush = (text: string): string => text.replaceAll(/^ +/gm, "");
const runs = (mark: string): boolean => mark === "serve" || mark === "run" || mark.startsWith("run, exit");
const needsOras = "run, needs oras";
/** `shown` is not run: it would install everything anew. */
const otherMarks: ReadonlySet<string> = new Set(["shown", "demo", "policy", needsOras]);
/** Run by test/webhook/evaluators, with the real tool. */
const ofEvaluator = /^evaluator [a-z]+$/;
/** Run by test/e2e, against a real API server, and by test/node, on a real node. */
const inCluster = /^cluster(?:, (?:exit 1|registers|needs a node))?$/;
/** Run by test/node, on a real node. */
const onNode =
  /^node, (?:helm install|helm rollback|cert-manager install|(?:after |stuck )?helm uninstall|kubectl install|kubectl uninstall)$/;
const isKnown = (mark: string): boolean =>
  runs(mark) ||
  otherMarks.has(mark) ||
  ofEvaluator.test(mark) ||
  inCluster.test(mark) ||
  onNode.test(mark) ||
  /^(?:file|part) \S+$/.test(mark);

describe.each(documents().map(({ path, text }) => [path, examplesIn(text)] as const))("%s", (_, examples) => {
  const run = examples.filter(({ mark }) => runs(mark));
  const withOras = examples.filter(({ mark }) => mark === needsOras);
  if (run.length > 0) describe("commands", () => runExamples(run));
  if (withOras.length > 0) describeWith(["oras"], "commands with oras", () => runExamples(withOras));

  it("has no mark that nobody knows", () => {
    expect(examples.map(({ mark }) => mark).filter((mark) => !isKnown(mark))).toEqual([]);
  });

  it("shows files as they are", () => {
    for (const { mark, content } of examples) {
      const [, how, path = ""] = /^(file|part) (\S+)$/.exec(mark) ?? [];
      if (how === "file") expect({ path, content }).toEqual({ path, content: read(path) });
      if (how === "part") expect(flush(read(path))).toContain(flush(content));
    }
  });

  it("shows policies that load, or are said to be refused", () => {
    for (const { content } of examples.filter(({ mark }) => mark === "policy")) {
      expect(loadPolicySet([{ path: "policy.yaml", text: content }], sha256)).toMatchObject({ ok: true });
    }
  });
});

it("the README shows what the demo prints", async () => {
  await using checkout = await openCheckout();
  const [demo] = await checkout.run([{ command: "npm run -s demo", output: [] }]);
  const shown = examplesIn(read("README.md")).filter(({ mark }) => mark === "demo");
  expect(shown).toHaveLength(1);
  for (const { content } of shown) expect(demo?.text).toContain(content);
}, 60_000);

describe("docs/examples", () => {
  it("holds a configuration that loads", () => {
    expect(loadConfig(join(root, "docs/examples/config.yaml")).listen.port).toBe(8443);
  });

  it("holds an image layout whose blobs are what their names say", () => {
    const folder = join(root, "docs/examples/evidence/blobs/sha256");
    const names = readdirSync(folder);
    expect(names).not.toHaveLength(0);
    for (const name of names) {
      expect(
        createHash("sha256")
          .update(readFileSync(join(folder, name)))
          .digest("hex"),
      ).toBe(name);
    }
  });

  it("holds the review that the API server would send for the Deployment", () => {
    const { request } = z
      .object({ request: z.object({ object: z.unknown() }) })
      .parse(JSON.parse(read("docs/examples/review.json")));
    expect(request.object).toEqual(parse(read("docs/examples/deployment.yaml")));
  });

  it("registers every kind that the gate reads, for CREATE and UPDATE, and nothing else", () => {
    const texts = z.array(z.string());
    const rule = z.object({ apiGroups: texts, resources: texts, operations: texts });
    const webhook = z.object({ rules: z.array(rule) });
    const text = read("docs/examples/webhook-configuration.yaml");
    const { webhooks } = z.object({ webhooks: z.tuple([webhook]) }).parse(parse(text));
    const [{ rules }] = webhooks;
    const listed = rules.flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.filter((name) => !name.includes("/")).map((name) => `${name}.${group}`)),
    );
    const known = [...builtinKinds.values()].map(({ group, kind }) => `${kind.toLowerCase()}s.${group}`);
    expect(listed.toSorted()).toEqual(known.toSorted());
    expect(rules.map(({ operations }) => operations.join())).toEqual(rules.map(() => "CREATE,UPDATE"));
  });
});
