import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import manifest from "../../../../package.json" with { type: "json" };
import { pauseImage } from "../configuration.ts";
import { checkout, nodeRoot } from "../root.ts";
import { keptArchive } from "./archive.ts";
import { builderBase, machineMounts, runtimeBase } from "./bases.ts";
import { buildImages } from "./buildah.ts";

/** The gate's image, under the name that the chart gives it: a node that has it asks no registry. */
const gateImage = `ghcr.io/assaygate/assaygate:${manifest.version}`;

/** A model server that serves nothing, under the name that the documents' examples use. */
const modelServerImage = "docker.io/vllm/vllm-openai:v0.11.0";

/**
 * The gate, built by the unchanged Dockerfile of the checkout. Its two bases are made here, because the ones that it names
 * are in registries: the same libraries of Debian's, and the Node that package.json pins.
 *
 * Takes a minute or two where sources have changed, and needs the npm registry then.
 */
export function gateArchive(): string {
  const recipe = ["bases.ts", "buildah.ts"].map((file) => readFileSync(join(import.meta.dirname, file)));
  return keptArchive("gate", [basename(nodeRoot()), gateImage, ...recipe, ...contextFiles()], (archive, work) => {
    const [runtime, builder] = ["localhost/runtime:base", "localhost/builder:base"];
    const gate = {
      tag: gateImage,
      context: checkout,
      arguments: { NODE_IMAGE: builder, RUNTIME_IMAGE: runtime },
      mounts: machineMounts(),
    };
    buildImages([runtimeBase(work, runtime), builderBase(work, builder, runtime), gate], archive, work);
  });
}

/** The process that holds a pod's namespaces. */
export function pauseArchive(): string {
  return busyboxArchive("pause", pauseImage, ["/bin/busybox", "sleep", "2147483647"]);
}

/** Runs until it is asked to end, whatever its arguments. */
export function modelServerArchive(): string {
  const script = "trap 'exit 0' TERM; /bin/busybox sleep 2147483647 & wait";
  return busyboxArchive("model-server", modelServerImage, ["/bin/busybox", "sh", "-c", script]);
}

function busyboxArchive(name: string, tag: string, entrypoint: readonly string[]): string {
  const busybox = join(nodeRoot(), "usr/bin/busybox");
  const dockerfile = `FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ${JSON.stringify(entrypoint)}\n`;
  return keptArchive(name, [basename(nodeRoot()), tag, dockerfile], (archive, work) => {
    const context = join(work, name);
    mkdirSync(context);
    cpSync(busybox, join(context, "busybox"));
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    buildImages([{ tag, context }], archive, work);
  });
}

/** Name and content of every file that .dockerignore lets into the build, and of those that say how it goes. */
function contextFiles(): (string | Uint8Array)[] {
  const ignore = readFileSync(join(checkout, ".dockerignore"), "utf8").split("\n");
  const admitted = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  return ["Dockerfile", ".dockerignore", ...admitted].flatMap((path) =>
    filesIn(path).flatMap((file) => [file, readFileSync(join(checkout, file))]),
  );
}

function filesIn(path: string): string[] {
  if (statSync(join(checkout, path)).isFile()) return [path];
  const entries = readdirSync(join(checkout, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(checkout.length + 1)).toSorted();
}
