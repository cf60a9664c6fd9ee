import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { parse } from "yaml";
import * as z from "zod";

/*
 * Which cloud instances have which GPUs, from the modules that provision them: writes workload/hardware/products/instance-gpus.ts.
 * Needs Go. `--aws DIR` and `--azure DIR` take a module that lies there already, of the version below.
 */
const aws = { module: "github.com/aws/karpenter-provider-aws", version: "v1.15.2" };
const azure = { module: "github.com/Azure/karpenter-provider-azure", version: "v1.14.2" };
const target = join(import.meta.dirname, "../workload/hardware/products/instance-gpus.ts");

const { values } = parseArgs({ options: { aws: { type: "string" }, azure: { type: "string" } } });

const awsGpus = gpusOfAws(join(values.aws ?? download(aws), "pkg/providers/drametadata/zz_generated_gpu_metadata.go"));
const azureSizes = sizesOfAzure(join(values.azure ?? download(azure), "pkg/utils/supported-gpus.yaml"));
const text = `/*
 * Made by scripts/instance-types.ts; do not edit.
 * From ${aws.module} ${aws.version} and
 * ${azure.module} ${azure.version}.
 */

/** AWS: instance types by the name that NVIDIA's driver gives their GPUs. */
export const awsGpus: Readonly<Record<string, readonly string[]>> = ${JSON.stringify(awsGpus)};

/** Azure: sizes with GPUs, in lower case. */
export const azureSizes: readonly string[] = ${JSON.stringify(azureSizes)};
`;
const options = await resolveConfig(target);
writeFileSync(target, await format(text, { ...options, filepath: target }));

function download({ module, version }: typeof aws): string {
  const answer = execFileSync("go", ["mod", "download", "-json", `${module}@${version}`], { encoding: "utf8" });
  return z.object({ Dir: z.string() }).parse(JSON.parse(answer)).Dir;
}

/** The module lists each instance type's devices; all those of one type have one product, or the type is left out. */
function gpusOfAws(file: string): Record<string, string[]> {
  const entries = readFileSync(file, "utf8")
    .split(/^\t"(?=[a-z0-9.-]+": \{$)/m)
    .slice(1);
  const found: Record<string, string[]> = {};
  for (const entry of entries) {
    const type = entry.slice(0, entry.indexOf('"'));
    const products = new Set(
      [...entry.matchAll(/"productName":\s+\{StringValue: strPtr\("([^"]*)"\)/g)].map(([, name]) => name),
    );
    const [product, ...others] = products;
    if (product !== undefined && others.length === 0) (found[product] ??= []).push(type);
  }
  return found;
}

function sizesOfAzure(file: string): string[] {
  return Object.keys(z.record(z.string(), z.unknown()).parse(parse(readFileSync(file, "utf8")))).toSorted();
}
