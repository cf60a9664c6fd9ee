import { artifactRegistry } from "./artifact-registry.ts";
import type { Dialect } from "./dialect.ts";
import { dockerHub } from "./docker-hub.ts";
import { ecr } from "./ecr.ts";
import { ghcr } from "./ghcr.ts";
import { harbor } from "./harbor.ts";
import { quay } from "./quay.ts";

/** Every registry that is imitated. None of them was ever asked itself. */
export const dialects: readonly Dialect[] = [quay, dockerHub, ghcr, ecr, artifactRegistry, harbor];
