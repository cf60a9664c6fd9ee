import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const chart = fileURLToPath(new URL("../../deploy/chart/assaygate", import.meta.url));

/** One set of plain manifests: where it lies, and the values of the chart that it is made with. */
export interface Variant {
  readonly path: string;
  readonly values: readonly string[];
}

/** The plain manifests, by the values of the chart that they are made with. */
export const variants: readonly Variant[] = [
  { path: "deploy/kustomize/base/assaygate.yaml", values: [] },
  { path: "deploy/kustomize/cert-manager/assaygate.yaml", values: ["certificates.mode=certManager"] },
  { path: "deploy/kustomize/openshift/assaygate.yaml", values: ["certificates.mode=openshift"] },
];

/** What only Helm writes or reads: where a document came from, its labels, and what it must not delete. */
const helmsOwn = [
  /^# Source: .*\n/gm,
  /^ +(?:helm[.]sh\/chart|app[.]kubernetes[.]io\/managed-by): .*\n/gm,
  /^ +annotations:\n +helm[.]sh\/resource-policy: keep\n/gm,
];

/** The chart, rendered by `helm` for the namespace assaygate-system, without what is Helm's own. */
export function renderPlainManifests(helm: string, { values }: Variant): string {
  const settings = values.flatMap((value) => ["--set", value]);
  const args = ["template", "assaygate", chart, "--namespace", "assaygate-system", "--no-hooks", ...settings];
  const rendered = execFileSync(helm, [...args, "--kube-version", "1.34.0"], { encoding: "utf8" });
  const plain = helmsOwn.reduce((text, own) => text.replaceAll(own, ""), rendered);
  return `# Made from deploy/chart/assaygate by \`npm run manifests\`.\n${plain}`;
}
