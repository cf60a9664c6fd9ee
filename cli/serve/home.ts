import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getErrorCode } from "../../runtime/error-code.ts";
import { CliError } from "../failure.ts";
import { starterPolicy } from "./starter.ts";

/** The folder that `serve` keeps its things in when it has no configuration. */
export interface Home {
  readonly policies: string;
  /** An OCI image layout. */
  readonly evidence: string;
  readonly ca: string;
}

/** The folder of a gate that was started without a configuration. */
export function locateHome(cwd: string): Home {
  const folder = join(cwd, "assaygate.d");
  return { policies: join(folder, "policies"), evidence: join(folder, "evidence"), ca: join(folder, "ca.crt") };
}

/** A policy folder to start from. True where it was made just now; one that is there is left alone. */
export function providePolicies(directory: string): boolean {
  return provide(directory, () => writeFileSync(join(directory, "baseline.yaml"), starterPolicy));
}

/** An empty image layout. https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export function provideLayout(directory: string): boolean {
  return provide(directory, () => {
    mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
    writeFileSync(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [] }));
    writeFileSync(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  });
}

function provide(directory: string, fill: () => void): boolean {
  if (existsSync(directory)) return false;
  try {
    mkdirSync(directory, { recursive: true });
    fill();
    return true;
  } catch (cause) {
    throw new CliError(`${directory}: cannot be made (${getErrorCode(cause)})`, { cause });
  }
}
