import { show } from "../../policies/show.ts";
import type { Paint } from "../paint.ts";
import type { Description, ModelDescription } from "./description.ts";

/** The description for a person. */
export function drawTree(described: Description, paint: Paint): string[] {
  const { object, file, governed, problem } = described;
  const name = `${show(object.kind)} ${object.namespace === "" ? "" : `${show(object.namespace)}/`}${show(object.name)}`;
  const head = `${paint("bold", name)} (${file})`;
  if (!governed) return [head, "  not a kind that the gate reads"];
  if (problem !== undefined) return [head, `  ${paint("red", "cannot be read")}: ${problem}`];
  const branches = [
    ...modelBranches(described, paint),
    hardwareBranch(described),
    evidenceBranch(described),
    ...noteBranches(described, paint),
  ];
  return [head, ...branches.flatMap((branch, at) => indent(branch, at === branches.length - 1))];
}

function modelBranches({ models }: Description, paint: Paint): string[][] {
  if (models.length === 0) return [["no model is named, and nothing that could load one can reach an accelerator"]];
  return models.map((model) => modelBranch(model, paint));
}

function modelBranch(model: ModelDescription, paint: Paint): string[] {
  const { name, version, digest, quantization, adapters, adaptersUnknown, unknown, from } = model;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["version", version],
    ["digest", digest],
    ["quantization", quantization],
    ["adapters", adapters.length === 0 ? undefined : adapters.map(show).join(", ")],
    ["adapters?", adaptersUnknown],
    ["unknown", unknown],
    ["from", from],
  ];
  const title = name === undefined ? paint("yellow", "model: not known") : `model ${show(name)}`;
  return [
    unknown !== undefined && name !== undefined ? `${title} ${paint("yellow", "(not certain)")}` : title,
    ...facts.flatMap(([label, fact]) => (fact === undefined ? [] : [`  ${label.padEnd(12)} ${fact}`])),
  ];
}

function hardwareBranch({ accelerator, hardware, hardwareUnknown, hardwareFrom }: Description): string[] {
  const classes = hardware.length === 0 ? "class not determined" : hardware.join(" or ");
  const asked = {
    requested: `accelerator requested: ${classes}`,
    none: "no accelerator",
    unknown: `accelerator not known: ${classes}`,
  };
  return [
    asked[accelerator],
    ...(hardwareUnknown === undefined ? [] : [`  unknown      ${hardwareUnknown}`]),
    ...(accelerator === "none" ? [] : [`  from         ${hardwareFrom}`]),
  ];
}

function evidenceBranch({ references }: Description): string[] {
  return references.length === 0
    ? ["no evidence is named"]
    : ["evidence", ...references.map((reference) => `  ${show(reference)}`)];
}

function noteBranches({ notes = [] }: Description, paint: Paint): string[][] {
  return notes.map((note) => [`${paint("yellow", "note")}: ${note}`]);
}

function indent([first = "", ...rest]: readonly string[], isLast: boolean): string[] {
  return [`${isLast ? "└─" : "├─"} ${first}`, ...rest.map((line) => `${isLast ? "  " : "│ "} ${line}`)];
}
