import { adapters } from "./adapters.ts";
import { attestation } from "./attestation.ts";
import { benchmarks } from "./benchmarks.ts";
import type { Check } from "./check.ts";
import { collection } from "./collection.ts";
import { complianceTags } from "./compliance-tags.ts";
import { environment } from "./environment.ts";
import { expressions } from "./expressions.ts";
import { freshness } from "./freshness.ts";
import { hardwareClass } from "./hardware-class.ts";
import { images } from "./images.ts";
import { modelDigest } from "./model-digest.ts";
import { modelFamily } from "./model-family.ts";
import { modelName } from "./model-name.ts";
import { modelSignature } from "./model-signature.ts";
import { modelVersion } from "./model-version.ts";
import { prompt } from "./prompt.ts";
import { quantization } from "./quantization.ts";
import { signers } from "./signers.ts";

/** Every check, in the order in which findings are reported: who vouches for the evaluation first, then what it is about, what it says last. */
export const checks: readonly Check[] = [
  signers,
  attestation,
  images,
  modelName,
  modelVersion,
  modelDigest,
  modelSignature,
  modelFamily,
  adapters,
  quantization,
  prompt,
  environment,
  hardwareClass,
  complianceTags,
  collection,
  benchmarks,
  freshness,
  expressions,
];
