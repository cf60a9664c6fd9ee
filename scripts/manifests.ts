/**
 * Writes the plain manifests for `kubectl apply -k`, from the Helm chart: `npm run manifests`. Needs helm. The chart is
 * the one truth; a test holds that they are in step.
 */
import { writeFileSync } from "node:fs";
import { locate } from "./components/locate.ts";
import { renderPlainManifests, variants } from "./manifests/plain.ts";

const helm = locate("helm");
if ("missing" in helm) throw new Error(helm.missing);
for (const variant of variants) {
  writeFileSync(new URL(`../${variant.path}`, import.meta.url), renderPlainManifests(helm.path, variant));
  console.log(variant.path);
}
