import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Folders beside this file. Each has a go.mod and a go.sum of its own, because what one pins may contradict another. */
export type GoModule =
  | "kubernetes"
  | "containerd"
  | "cni-plugins"
  | "distribution"
  | "olareg"
  | "model-runner"
  | "actionlint"
  | "cert-manager"
  | "fulcio"
  | "tesseract"
  | "rekor-tiles"
  | "report-definitions"
  | "timestamp-authority";

interface Description {
  /** The module whose version names the build. */
  readonly main: string;
  /** For a person who waits: how long a first build took on two cores, with all modules downloaded. */
  readonly takes: string;
  /** What programs are told at linking. Without it some call themselves v0.0.0-master or unknown. */
  variables(versionOf: (module: string) => string): Readonly<Record<string, string>>;
}

const descriptions: Readonly<Record<GoModule, Description>> = {
  kubernetes: {
    main: "k8s.io/kubernetes",
    takes: "about eight minutes",
    // kubectl and helm compare versions.
    variables(versionOf) {
      const kubernetes = versionOf("k8s.io/kubernetes");
      const [major = "", minor = ""] = kubernetes.slice(1).split(".");
      return {
        "k8s.io/component-base/version.gitVersion": kubernetes,
        "k8s.io/component-base/version.gitMajor": major,
        "k8s.io/component-base/version.gitMinor": minor,
        "helm.sh/helm/v4/internal/version.version": versionOf("helm.sh/helm/v4"),
      };
    },
  },
  containerd: {
    main: "github.com/containerd/containerd/v2",
    takes: "about two minutes",
    variables: (versionOf) => ({
      "github.com/containerd/containerd/v2/version.Version": versionOf("github.com/containerd/containerd/v2"),
    }),
  },
  "cni-plugins": {
    main: "github.com/containernetworking/plugins",
    takes: "about ten seconds",
    variables: (versionOf) => ({
      "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": versionOf(
        "github.com/containernetworking/plugins",
      ),
    }),
  },
  distribution: {
    main: "github.com/distribution/distribution/v3",
    takes: "about a minute and a half",
    variables: (versionOf) => ({
      "github.com/distribution/distribution/v3/version.version": versionOf("github.com/distribution/distribution/v3"),
    }),
  },
  // These find their own version among what Go writes into every program.
  olareg: {
    main: "github.com/olareg/olareg",
    takes: "about ten seconds",
    variables: () => ({}),
  },
  "model-runner": {
    main: "github.com/docker/model-runner",
    takes: "about a minute",
    variables: () => ({}),
  },
  actionlint: {
    main: "github.com/rhysd/actionlint",
    takes: "about twenty seconds",
    variables: () => ({}),
  },
  // The version is what our own main finds among what Go writes into it.
  "cert-manager": {
    main: "github.com/cert-manager/cert-manager",
    takes: "about two and a half minutes",
    variables: () => ({}),
  },
  fulcio: {
    main: "github.com/sigstore/fulcio",
    takes: "about two and a half minutes",
    variables: () => ({}),
  },
  tesseract: {
    main: "github.com/transparency-dev/tesseract",
    takes: "about a minute",
    variables: () => ({}),
  },
  "rekor-tiles": {
    main: "github.com/sigstore/rekor-tiles/v2",
    takes: "about three minutes",
    variables: () => ({}),
  },
  // Nothing of it is built.
  "report-definitions": {
    main: "github.com/openreports/reports-api",
    takes: "a few seconds",
    variables: () => ({}),
  },
  "timestamp-authority": {
    main: "github.com/sigstore/timestamp-authority/v2",
    takes: "about three minutes",
    variables: () => ({}),
  },
};

/** Where its go.mod lies. */
export function getModuleFolder(name: GoModule): string {
  return join(import.meta.dirname, name);
}

/** How long a build takes on two cores, in words. */
export function buildTakes(name: GoModule): string {
  return descriptions[name].takes;
}

/** The folder, inside the components' own, where the programs of this go.mod are or will be. */
export function toGoBuildName(name: GoModule): string {
  const digest = createHash("sha256")
    .update(read(name, "go.mod") + read(name, "go.sum") + readOwnProgram(name))
    .update(toLinkerFlags(name))
    .digest("hex");
  return `${name}-${getPinnedVersion(name, descriptions[name].main)}-${digest.slice(0, 12)}`;
}

/** The same of files that are copied out of its modules. */
export function toGoFilesName(name: GoModule): string {
  return `${toGoBuildName(name)}-files`;
}

/** What Go's linker is told: which version it is, and to leave symbols out. */
export function toLinkerFlags(name: GoModule): string {
  const variables = descriptions[name].variables((module) => getPinnedVersion(name, module));
  return ["-s", "-w", ...Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`)].join(" ");
}

/** The version of a module in go.mod, with its `v`. */
export function getPinnedVersion(name: GoModule, module: string): string {
  const version = read(name, "go.mod")
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replace(/^require /, "")
        .split(" "),
    )
    .find(([first, second]) => first === module && second?.startsWith("v"))?.[1];
  if (version === undefined) throw new Error(`${join(getModuleFolder(name), "go.mod")} does not require ${module}`);
  return version;
}

/** The text of a program that is ours; empty where all are others'. */
function readOwnProgram(name: GoModule): string {
  return existsSync(join(getModuleFolder(name), "main.go")) ? read(name, "main.go") : "";
}

function read(name: GoModule, file: string): string {
  return readFileSync(join(getModuleFolder(name), file), "utf8");
}
