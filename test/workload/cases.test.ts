import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { createProgram, type Program } from "../cli/program.ts";

/** The fields of a model that a case leaves out are free. See the page beside the cases. */
const expectedModel = z.strictObject({
  name: z.string().optional(),
  version: z.string().optional(),
  quantization: z.string().optional(),
  adapters: z.array(z.string()).optional(),
  unknown: z.literal(true).optional(),
  adaptersUnknown: z.literal(true).optional(),
});
const theCase = z.strictObject({
  name: z.string(),
  manifest: z.looseObject({}),
  expect: z.strictObject({
    governed: z.boolean(),
    models: z.array(expectedModel),
    hardware: z.array(z.string()),
    accelerator: z.union([z.string(), z.array(z.string())]).transform((one) => [one].flat()),
    orUnknown: z.boolean().default(false),
  }),
});
const description = z.looseObject({
  governed: z.boolean(),
  models: z.array(
    z.looseObject({
      name: z.string().optional(),
      version: z.string().optional(),
      quantization: z.string().optional(),
      adapters: z.array(z.string()),
      unknown: z.string().optional(),
      adaptersUnknown: z.string().optional(),
    }),
  ),
  hardware: z.array(z.string()),
  accelerator: z.string(),
});
type Expected = z.infer<typeof expectedModel>;
type Described = z.infer<typeof description>["models"][number];

const file = join(import.meta.dirname, "cases", "workloads.jsonl");
const cases = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => theCase.parse(JSON.parse(line)));

let program: Program;
let described: z.infer<typeof description>[];
beforeAll(async () => {
  program = await createProgram();
  await program.write("all.json", { apiVersion: "v1", kind: "List", items: cases.map(({ manifest }) => manifest) });
  const { out, code } = await program.run("describe", "-f", "all.json", "-o", "json");
  expect(code).toBe(0);
  described = z.array(description).parse(JSON.parse(out));
});
afterAll(() => program.remove());

describe("what `describe` reads of cases that a careful person has read", () => {
  it("has an element for every manifest", () => expect(described).toHaveLength(cases.length));

  it.each(cases.map((one, at) => [one.name, one.expect, at] as const))("%s", (_name, expected, at) => {
    const found = described[at];
    const { models = [], ...rest } = found ?? {};
    expect(rest).toMatchObject({ governed: expected.governed, hardware: expected.hardware });
    expect(expected.accelerator).toContain(found?.accelerator);
    const isOneUnknown = models.length === 1 && models.every(isUnknown);
    if (!(expected.orUnknown && isOneUnknown)) expect(unmatched(expected.models, models)).toEqual([]);
  });
});

/** What is left of both sides when each expected model has taken one that fits. */
function unmatched(expected: readonly Expected[], found: readonly Described[]): unknown[] {
  const left = [...found];
  const missing = expected.filter((wanted) => {
    const at = left.findIndex((model) => fits(wanted, model));
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  return [...missing.map((model) => ({ missing: model })), ...left.map((model) => ({ unexpected: model }))];
}

function fits({ unknown, adaptersUnknown, ...facts }: Expected, model: Described): boolean {
  const isSame = Object.entries(facts).every(([key, value]) => JSON.stringify(model[key]) === JSON.stringify(value));
  const areAdaptersKnown = model.adaptersUnknown === undefined;
  if (!isSame || (adaptersUnknown === true && areAdaptersKnown)) return false;
  if (facts.adapters !== undefined && adaptersUnknown === undefined && !areAdaptersKnown) return false;
  return unknown === true
    ? isUnknown(model)
    : !isUnknown(model) || (adaptersUnknown === true && model.name !== undefined);
}

function isUnknown({ name, unknown }: Described): boolean {
  return name === undefined || unknown !== undefined;
}
