import { dialects } from "./hostile-registry/dialects/all.ts";
import { imitated } from "./registries/imitated.ts";
import { layoutFolder } from "./registries/layout.ts";
import { distribution, olareg } from "./registries/real.ts";
import type { RegistryTarget } from "./registries/target.ts";

/** Everything that the same tables of cases hold for. A table takes what it can use: a folder has no `server` to write to. */
export const registryTargets: readonly RegistryTarget[] = [
  distribution("docker-registry", "docker-registry 2.8"),
  distribution("distribution", "distribution v3"),
  olareg,
  layoutFolder,
  ...dialects.map(imitated),
];
