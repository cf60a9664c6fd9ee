import { isFields } from "../../shape.ts";
import { findHazardOf } from "./environment.ts";

/*
 * Options of Ray Serve that stand beside the models: how many replicas there are, where they run, and, among them, code of
 * somebody's own. https://docs.ray.io/en/latest/serve/configure-serve-deployment.html
 */

/** Parts that say nothing of what is loaded, or are read elsewhere. One that is not listed may be of a newer version. */
const knownParts = {
  serveConfigV2: "applications proxy_location http_options grpc_options logging_config target_capacity",
  "an application":
    "name route_prefix import_path runtime_env args deployments logging_config host port external_scaler_enabled",
  "a deployment":
    "name num_replicas max_ongoing_requests max_queued_requests max_concurrent_queries max_replicas_per_node " +
    "graceful_shutdown_wait_loop_s graceful_shutdown_timeout_s health_check_period_s health_check_timeout_s logging_config " +
    "placement_group_bundles placement_group_strategy placement_group_bundle_label_selector ray_actor_options " +
    "autoscaling_config request_router_config",
  ray_actor_options:
    "num_cpus num_gpus memory object_store_memory resources accelerator_type label_selector runtime_env",
} as const;

/** A part that is not known, or that names code, in words. */
export function findForeignPart(of: keyof typeof knownParts, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isFields(value)) return `${of} cannot be read`;
  const known: readonly string[] = knownParts[of].split(" ");
  const other = Object.keys(value).find((key) => value[key] !== null && !known.includes(key));
  if (other !== undefined) return `${other.slice(0, 80)} of ${of} may bring code from elsewhere`;
  return findServicer(value["grpc_options"]);
}

/** What of a deployment's options brings code, or may change what is loaded, in words. */
export function findForeignOption(options: unknown): string | undefined {
  const problem = findForeignPart("a deployment", options);
  if (problem !== undefined || !isFields(options)) return problem;
  const actor = options["ray_actor_options"];
  return (
    findForeignPart("ray_actor_options", actor) ??
    (isFields(actor) ? findHazardOf(actor["runtime_env"] ?? undefined) : undefined) ??
    findPolicy(options["autoscaling_config"]) ??
    findRouter(options["request_router_config"])
  );
}

/** Names of functions that add services to the proxies. */
function findServicer(options: unknown): string | undefined {
  const names = isFields(options) ? (options["grpc_servicer_functions"] ?? []) : [];
  const isNone = Array.isArray(names) && names.length === 0;
  return isNone ? undefined : "grpc_servicer_functions of grpc_options brings code from elsewhere";
}

/** Numbers and plain words decide how many replicas there are; a map names a policy, which is code. */
function findPolicy(config: unknown): string | undefined {
  const fields = Object.entries(isFields(config) ? config : {});
  const other = fields.find(([, value]) => typeof value === "object" && value !== null);
  return other && `${other[0].slice(0, 80)} of autoscaling_config brings code from elsewhere`;
}

/** Routers of Ray's own are known. */
function findRouter(config: unknown): string | undefined {
  const router = isFields(config) ? (config["request_router_class"] ?? undefined) : undefined;
  if (router === undefined || (typeof router === "string" && /^ray\.(?:serve|llm)\.[\w.:]+$/.test(router)))
    return undefined;
  return "request_router_class of request_router_config brings code from elsewhere";
}
