import { readConfiguredDevices } from "../config/hardware-config.ts";
import { toKindKey } from "../workload/kinds/kinds.ts";
import { manifestsOption, readManifests } from "./check/manifests.ts";
import { findNamespaceLabels } from "./check/namespaces.ts";
import type { Command } from "./command.ts";
import { configOption, readConfig } from "./config.ts";
import { describeManifest } from "./describe/description.ts";
import { listReferredObjects } from "./describe/referred.ts";
import { drawTree } from "./describe/tree.ts";
import { UsageError } from "./failure.ts";
import { outputOption, parseFormat, printAs } from "./format.ts";
import { exit } from "./io.ts";
import { listKinds } from "./kinds.ts";
import { parseOptions } from "./options.ts";
import { createPainter } from "./paint.ts";

const options = {
  filename: manifestsOption,
  config: configOption,
  output: outputOption,
} as const;

/** What the gate reads of manifests, without any policy. */
export const describe: Command = {
  name: "describe",
  summary: "Shows what the gate reads of a manifest: models, hardware, evidence, and what it cannot read",
  operands: "-f FILE",
  options,
  details: `It asks no policy, no registry and no cluster. Objects that a workload refers to (ResourceClaims, their
templates and DeviceClasses, ConfigMaps of envFrom) are taken from the same files. A model that is shown as unknown is one that no
evaluation matches; the reason says what would make it known.

Example:
  assaygate describe -f deploy.yaml`,
  async run(args, io) {
    const { values, positionals } = parseOptions(options, args);
    if (positionals[0] !== undefined)
      throw new UsageError(`describe takes no operand: give the manifest as -f ${positionals[0]}`);
    if (values.filename === undefined) throw new UsageError("describe needs at least one -f FILE");
    const format = parseFormat(values.output);
    const config = readConfig(values.config, io);
    const manifests = await readManifests(values.filename, io);
    const kinds = listKinds(config);
    const labels = findNamespaceLabels(undefined, manifests, config);
    const referred = listReferredObjects(manifests, readConfiguredDevices(config));
    const described = manifests.map((manifest) => {
      const isGoverned = kinds.has(toKindKey(manifest.group, manifest.kind));
      const input = {
        ...manifest,
        kinds,
        namespaceLabels: labels(manifest.namespace),
        ...referred(manifest.namespace),
      };
      return describeManifest(manifest, isGoverned ? input : undefined);
    });
    printAs(format, io, described, () =>
      described.flatMap((one, at) => [...(at === 0 ? [] : [""]), ...drawTree(one, createPainter(io))]),
    );
    return exit.ok;
  },
};
