import type { GoModule } from "./go-module.ts";
import { nodeRootPackages } from "./node-root.ts";

/** A program that tests run against, made by others: the real thing instead of our idea of it. */
export interface Component {
  readonly source: DebianSource | DebianRootSource | GoSource | GoFilesSource | PythonSource | NpmSource;
  /** What the program is called, most specific name first. */
  readonly commands: readonly [string, ...string[]];
  /** Arguments that make it say what it is, on either output, and a word of the answer that another program would not say. */
  readonly probe: { readonly args: readonly string[]; readonly says: RegExp };
  /** For a person whose machine cannot provide it by itself. */
  readonly install: string;
}

/** Unpacked from a Debian package. It must need nothing but the C library, because it is never installed. */
export interface DebianSource {
  readonly debianPackage: string;
  /** The first Debian release that carries it in a version that will do; it runs on any C library from 2.34 on. Default: trixie. */
  readonly suite?: "trixie" | "forky";
}

/**
 * A folder of unpacked Debian packages that serves as a root folder: its programs find their libraries there and nowhere
 * else, so they run on any Linux. They need not run outside it, but the first command must.
 */
export interface DebianRootSource {
  readonly debianRoot: readonly string[];
}

/** Built with Go from what the go.mod in the module's folder pins. */
export interface GoSource {
  readonly goModule: GoModule;
  readonly goPackage: string;
  /** Whether it is among the programs in the folder that the environment variable KUBEBUILDER_ASSETS names. */
  readonly envtest: boolean;
  /** Whether it builds on no other system. */
  readonly linuxOnly?: boolean;
}

/** Files of Go modules, as the go.mod in the module's folder pins them, by module. They lie in one folder; nothing is built. */
export interface GoFilesSource {
  readonly goModule: GoModule;
  readonly goFiles: Readonly<Record<string, readonly string[]>>;
}

/** Installed from PyPI into a virtual environment of its own, in whose bin the program is. The first one names the version. */
export interface PythonSource {
  readonly pythonPackages: readonly [string, ...string[]];
  /**
   * A file in python-locks that names every package, each with its version: then these are installed and no others,
   * whatever they ask for.
   */
  readonly lock?: string;
}

/**
 * Installed from npm as the lock files in the folder of that name say it: `app` has the package without what is optional, and
 * the folder itself what of that it does need.
 */
export interface NpmSource {
  readonly npmPackage: string;
}

/** Every program that tests need and npm does not bring. */
export const componentNames = [
  "docker-registry",
  "distribution",
  "olareg",
  "docker-model",
  "oras",
  "cosign",
  "notation",
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kubectl",
  "helm",
  "kubelet",
  "kube-proxy",
  "kube-scheduler",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "cni-bridge",
  "cni-host-local",
  "cni-loopback",
  "node-root",
  "cert-manager",
  "cert-manager-definitions",
  "eval-hub-sdk",
  "eval-hub-server",
  "mlflow",
  "kubernetes-validate",
  "proofbundle",
  "falsify",
  "model-signing",
  "lm-eval",
  "inspect-ai",
  "garak",
  "guidellm",
  "promptfoo",
  "sarif-schema",
  "deepeval",
  "evalplus",
  "lighteval",
  "actionlint",
  "fulcio",
  "tesseract",
  "rekor",
  "timestamp-server",
  "report-definitions",
] as const;

/** The name of a component. */
export type ComponentName = (typeof componentNames)[number];

/** What only a real node needs. Other tests do without, so that only `npm run node` and the demo's cluster provide them. */
export const nodeOnly: ReadonlySet<ComponentName> = new Set([
  "kubelet",
  "kube-proxy",
  "kube-scheduler",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "cni-bridge",
  "cni-host-local",
  "cni-loopback",
  "node-root",
  "cert-manager",
  "cert-manager-definitions",
]);

const withGo = "install Go 1.25 or later and run npm run components";
const onLinux = "on Linux, install Go 1.25 or later and run npm run components";
const withEnvtest = `${withGo}; or set KUBEBUILDER_ASSETS to the folder that "setup-envtest use 1.35.x -p path" prints`;

/** Where each component comes from, and what it is called where it is installed already. */
export const catalogue: Readonly<Record<ComponentName, Component>> = {
  "docker-registry": {
    source: { debianPackage: "docker-registry" },
    commands: ["docker-registry", "registry"],
    probe: { args: ["--version"], says: /distribution/ },
    install: "apt install docker-registry, or go install github.com/distribution/distribution/v3/cmd/registry@latest",
  },
  distribution: {
    source: {
      goModule: "distribution",
      goPackage: "github.com/distribution/distribution/v3/cmd/registry",
      envtest: false,
    },
    commands: ["registry"],
    probe: { args: ["--version"], says: /distribution\/v3 v3\./ },
    install: "install Go 1.26 or later and run npm run components; or put its registry on the PATH",
  },
  olareg: {
    source: { goModule: "olareg", goPackage: "github.com/olareg/olareg/cmd/olareg", envtest: false },
    commands: ["olareg"],
    probe: { args: ["version"], says: /^VCSTag: +v0\./m },
    install: `${withGo}; or go install github.com/olareg/olareg/cmd/olareg@latest`,
  },
  "docker-model": {
    source: {
      goModule: "model-runner",
      goPackage: "github.com/docker/model-runner/cmd/mdltool",
      envtest: false,
    },
    commands: ["mdltool"],
    probe: { args: ["-version"], says: /^model-distribution-tool version/m },
    install: `${withGo}; or go install github.com/docker/model-runner/cmd/mdltool@v1.0.10`,
  },
  oras: {
    source: { debianPackage: "oras" },
    commands: ["oras"],
    probe: { args: ["version"], says: /Version:/ },
    install: "apt install oras (Debian 13 or later), or go install oras.land/oras/cmd/oras@latest",
  },
  cosign: {
    source: { debianPackage: "cosign", suite: "forky" },
    commands: ["cosign"],
    probe: { args: ["signing-config", "create", "--help"], says: /signing config/i },
    install: "apt install cosign (Debian 14 or later), or go install github.com/sigstore/cosign/v3/cmd/cosign@latest",
  },
  notation: {
    source: { debianPackage: "notation", suite: "forky" },
    commands: ["notation"],
    probe: { args: ["version"], says: /Version: +v?1\./ },
    install:
      "apt install notation (Debian 14 or later), or go install github.com/notaryproject/notation/cmd/notation@latest",
  },
  etcd: {
    source: { goModule: "kubernetes", goPackage: "go.etcd.io/etcd/server/v3", envtest: true },
    commands: ["etcd"],
    probe: { args: ["--version"], says: /etcd Version: 3\./ },
    install: withEnvtest,
  },
  "kube-apiserver": {
    source: { goModule: "kubernetes", goPackage: "k8s.io/kubernetes/cmd/kube-apiserver", envtest: true },
    commands: ["kube-apiserver"],
    probe: { args: ["--version"], says: /^Kubernetes v1\./ },
    install: withEnvtest,
  },
  "kube-controller-manager": {
    source: { goModule: "kubernetes", goPackage: "k8s.io/kubernetes/cmd/kube-controller-manager", envtest: false },
    commands: ["kube-controller-manager"],
    probe: { args: ["--version"], says: /^Kubernetes v1\./ },
    install: withGo,
  },
  kubectl: {
    source: { goModule: "kubernetes", goPackage: "k8s.io/kubernetes/cmd/kubectl", envtest: true },
    commands: ["kubectl"],
    probe: { args: ["version", "--client"], says: /^Client Version: v1\./ },
    install: `${withEnvtest}; or put kubectl on the PATH`,
  },
  helm: {
    source: { goModule: "kubernetes", goPackage: "helm.sh/helm/v4/cmd/helm", envtest: false },
    commands: ["helm"],
    probe: { args: ["version", "--short"], says: /^v[34]\./ },
    install: `${withGo}; or put helm on the PATH (https://helm.sh/docs/intro/install)`,
  },
  kubelet: {
    source: { goModule: "kubernetes", goPackage: "k8s.io/kubernetes/cmd/kubelet", envtest: false, linuxOnly: true },
    commands: ["kubelet"],
    probe: { args: ["--version"], says: /^Kubernetes v1\./ },
    install: onLinux,
  },
  "kube-proxy": {
    source: { goModule: "kubernetes", goPackage: "k8s.io/kubernetes/cmd/kube-proxy", envtest: false, linuxOnly: true },
    commands: ["kube-proxy"],
    probe: { args: ["--version"], says: /^Kubernetes v1\./ },
    install: onLinux,
  },
  "kube-scheduler": {
    source: {
      goModule: "kubernetes",
      goPackage: "k8s.io/kubernetes/cmd/kube-scheduler",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["kube-scheduler"],
    probe: { args: ["--version"], says: /^Kubernetes v1\./ },
    install: onLinux,
  },
  containerd: {
    source: {
      goModule: "containerd",
      goPackage: "github.com/containerd/containerd/v2/cmd/containerd",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["containerd"],
    probe: { args: ["--version"], says: /containerd/ },
    install: onLinux,
  },
  "containerd-shim-runc-v2": {
    source: {
      goModule: "containerd",
      goPackage: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["containerd-shim-runc-v2"],
    probe: { args: ["-v"], says: /containerd/ },
    install: onLinux,
  },
  ctr: {
    source: {
      goModule: "containerd",
      goPackage: "github.com/containerd/containerd/v2/cmd/ctr",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["ctr"],
    probe: { args: ["--version"], says: /containerd/ },
    install: onLinux,
  },
  "cni-bridge": {
    source: {
      goModule: "cni-plugins",
      goPackage: "github.com/containernetworking/plugins/plugins/main/bridge",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["bridge"],
    probe: { args: [], says: /^CNI bridge plugin/ },
    install: onLinux,
  },
  "cni-host-local": {
    source: {
      goModule: "cni-plugins",
      goPackage: "github.com/containernetworking/plugins/plugins/ipam/host-local",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["host-local"],
    probe: { args: [], says: /^CNI host-local plugin/ },
    install: onLinux,
  },
  "cni-loopback": {
    source: {
      goModule: "cni-plugins",
      goPackage: "github.com/containernetworking/plugins/plugins/main/loopback",
      envtest: false,
      linuxOnly: true,
    },
    commands: ["loopback"],
    probe: { args: [], says: /^CNI loopback plugin/ },
    install: onLinux,
  },
  // runc, nft, ip and buildah with all that they load; and what a base image of Node's is made of.
  "node-root": {
    source: { debianRoot: nodeRootPackages },
    commands: ["busybox"],
    probe: { args: ["--help"], says: /BusyBox/ },
    install: "on a machine with apt and dpkg, run npm run components",
  },
  "eval-hub-sdk": {
    source: { pythonPackages: ["eval-hub-sdk[adapter]==1.0.6", "olot==1.2.1", "oras==0.2.43"] },
    commands: ["python3"],
    probe: { args: ["-c", "import evalhub.adapter.oci; print(evalhub.__name__)"], says: /^evalhub$/m },
    install:
      'install Python 3.11 or later with venv and run npm run components, or pip install "eval-hub-sdk[adapter]"',
  },
  "eval-hub-server": {
    // The package is a program built with Go. It needs no Python, only to be installed.
    source: { pythonPackages: ["eval-hub-server==1.0.2"] },
    commands: ["eval-hub"],
    probe: { args: ["-help"], says: /Server operates in local mode/ },
    install: "install Python 3.11 or later with venv and run npm run components, or pip install eval-hub-server",
  },
  mlflow: {
    // What the tracking server imports. The package mlflow brings pandas, scipy and scikit-learn besides, which it does not use.
    source: {
      pythonPackages: [
        "mlflow-skinny==3.17.2",
        "Flask==3.1.3",
        "Flask-CORS==6.0.5",
        "SQLAlchemy==2.1.9",
        "alembic==1.20.1",
      ],
    },
    commands: ["python3"],
    probe: {
      args: ["-c", "import flask, flask_cors, sqlalchemy, alembic, mlflow.version as of; print('mlflow', of.VERSION)"],
      says: /^mlflow 3\./m,
    },
    install: "install Python 3.10 or later with venv and run npm run components, or pip install mlflow",
  },
  "kubernetes-validate": {
    source: { pythonPackages: ["kubernetes-validate==1.37.0"] },
    commands: ["python3"],
    probe: { args: ["-m", "kubernetes_validate", "--version"], says: /^1\./m },
    install: "install Python 3.10 or later with venv and run npm run components, or pip install kubernetes-validate",
  },
  proofbundle: {
    // The reference implementation of the in-toto predicate for evaluation results, with all that it loads.
    source: {
      pythonPackages: [
        "proofbundle==6.3.1",
        "rfc8785==0.1.4",
        "cryptography==50.0.2",
        "cffi==2.1.1",
        "pycparser==3.12",
      ],
    },
    commands: ["python3"],
    probe: { args: ["-c", "import proofbundle.intoto as of, rfc8785; print(of.__name__)"], says: /^proofbundle/m },
    install: "install Python 3.10 or later with venv and run npm run components, or pip install proofbundle rfc8785",
  },
  falsify: {
    // The reference implementation of PRML, by which bars are registered before a run.
    source: { pythonPackages: ["falsify==0.4.0", "PyYAML==6.0.4"] },
    commands: ["python3"],
    probe: { args: ["-m", "falsify_prml", "--version"], says: /^falsify 0\.4\./m },
    install: "install Python 3.11 or later with venv and run npm run components, or pip install falsify",
  },
  "model-signing": {
    // It imports pyOpenSSL and does not ask for it.
    source: { pythonPackages: ["model-signing==1.1.1", "pyOpenSSL==26.4.0", "sigstore==4.5.1"] },
    commands: ["python3"],
    probe: { args: ["-m", "model_signing", "sign", "key", "--help"], says: /Sign using a private key/ },
    install:
      "install Python 3.10 or later with venv and run npm run components, or pip install model-signing pyOpenSSL",
  },
  // Without torch and what else runs models: the model of the tests is the tool's own dummy.
  "lm-eval": {
    source: { pythonPackages: ["lm_eval==0.4.13"], lock: "lm-eval.txt" },
    commands: ["python3"],
    probe: probeDistribution("lm_eval"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  "inspect-ai": {
    source: { pythonPackages: ["inspect_ai==0.3.285"], lock: "inspect-ai.txt" },
    commands: ["python3"],
    probe: probeDistribution("inspect_ai"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  // Without torch and the clients of model services: what it asks is a function of the tests.
  garak: {
    source: { pythonPackages: ["garak==0.17.1"], lock: "garak.txt" },
    commands: ["python3"],
    probe: probeDistribution("garak"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  // Without torch, of which it uses the loader that hands out prompts: test/webhook/evaluators has one in its place.
  guidellm: {
    source: { pythonPackages: ["guidellm==0.8.1"], lock: "guidellm.txt" },
    commands: ["python3"],
    probe: probeDistribution("guidellm"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  // Without the packages for asking models on the internet.
  promptfoo: {
    source: { npmPackage: "promptfoo" },
    commands: ["promptfoo"],
    probe: { args: ["--version"], says: /^0\.121\./m },
    install: "run npm run components, or npm install --global promptfoo",
  },
  // A validator of JSON schemas, with the schema of SARIF beside it.
  "sarif-schema": {
    source: { npmPackage: "ajv-cli" },
    commands: ["ajv"],
    probe: { args: ["help"], says: /^\s+ajv \[validate\]/m },
    install: "run npm run components",
  },
  deepeval: {
    source: { pythonPackages: ["deepeval==4.3.1"], lock: "deepeval.txt" },
    commands: ["python3"],
    probe: probeDistribution("deepeval"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  // Without torch and what else asks models: judging programs that were written before loads none of it.
  evalplus: {
    source: { pythonPackages: ["evalplus==0.3.1"], lock: "evalplus.txt" },
    commands: ["python3"],
    probe: probeDistribution("evalplus"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  // Without torch, transformers and what else runs models: test/webhook/evaluators has empty modules in their place.
  lighteval: {
    source: { pythonPackages: ["lighteval==0.13.0"], lock: "lighteval.txt" },
    commands: ["python3"],
    probe: probeDistribution("lighteval"),
    install: "install Python 3.11 or later with venv and run npm run components",
  },
  fulcio: {
    source: { goModule: "fulcio", goPackage: "github.com/sigstore/fulcio", envtest: false },
    commands: ["fulcio"],
    probe: { args: ["serve", "--help"], says: /--fileca-cert/ },
    install: `${withGo}; or go install github.com/sigstore/fulcio@latest`,
  },
  // The custom resource definitions of the two kinds of reports that clusters know, by those who use them.
  // Our own main of its controllers and its CA injector: see the file.
  "cert-manager": {
    source: {
      goModule: "cert-manager",
      goPackage: "assaygate.dev/test-components/cert-manager",
      envtest: false,
    },
    commands: ["cert-manager"],
    probe: { args: ["--version"], says: /^cert-manager v1\./ },
    install: withGo,
  },
  "cert-manager-definitions": {
    source: {
      goModule: "cert-manager",
      goFiles: {
        "github.com/cert-manager/cert-manager": [
          "deploy/crds/cert-manager.io_certificates.yaml",
          "deploy/crds/cert-manager.io_certificaterequests.yaml",
          "deploy/crds/cert-manager.io_issuers.yaml",
          "deploy/crds/cert-manager.io_clusterissuers.yaml",
        ],
      },
    },
    commands: [
      "cert-manager.io_certificates.yaml",
      "cert-manager.io_certificaterequests.yaml",
      "cert-manager.io_issuers.yaml",
      "cert-manager.io_clusterissuers.yaml",
    ],
    probe: { args: [], says: /^$/ },
    install: withGo,
  },
  "report-definitions": {
    source: {
      goModule: "report-definitions",
      goFiles: {
        "github.com/openreports/reports-api": ["config/crd/openreports.io_reports.yaml"],
        "github.com/kyverno/kyverno": ["config/crds/policyreport/wgpolicyk8s.io_policyreports.yaml"],
      },
    },
    commands: ["openreports.io_reports.yaml", "wgpolicyk8s.io_policyreports.yaml"],
    probe: { args: [], says: /^$/ },
    install: withGo,
  },
  // A log of certificates, for Fulcio: what it issues counts only where a log has it.
  tesseract: {
    source: {
      goModule: "tesseract",
      goPackage: "github.com/transparency-dev/tesseract/cmd/tesseract/posix",
      envtest: false,
    },
    commands: ["tesseract"],
    probe: { args: ["-help"], says: /-roots_pem_file/ },
    install: withGo,
  },
  rekor: {
    source: {
      goModule: "rekor-tiles",
      goPackage: "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix",
      envtest: false,
    },
    commands: ["rekor"],
    probe: { args: ["serve", "--help"], says: /--checkpoint-interval/ },
    install: withGo,
  },
  "timestamp-server": {
    source: {
      goModule: "timestamp-authority",
      goPackage: "github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server",
      envtest: false,
    },
    commands: ["timestamp-server"],
    probe: { args: ["serve", "--help"], says: /--disable-ntp-monitoring/ },
    install: `${withGo}; or go install github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server@latest`,
  },
  actionlint: {
    source: { goModule: "actionlint", goPackage: "github.com/rhysd/actionlint/cmd/actionlint", envtest: false },
    commands: ["actionlint"],
    probe: { args: ["-version"], says: /^v?1\.\d+\.\d+$/m },
    install: `${withGo}; or go install github.com/rhysd/actionlint/cmd/actionlint@latest`,
  },
};

/** Whether a Python has the package, without loading it, which may take longer than a probe waits. */
function probeDistribution(name: string): Component["probe"] {
  const code = `import importlib.metadata as of; print("${name}", of.version("${name}"))`;
  return { args: ["-c", code], says: new RegExp(`^${name} \\d`, "m") };
}
