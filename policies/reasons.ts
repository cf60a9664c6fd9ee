/**
 * Every public reason: its code is also the heading in docs/reasons.md and the metric label, and keeps its name for good.
 *
 * `fail` reasons say that something was disproved, `error` reasons that the gate could not look. `meaning` and `remedy` are
 * for the person deploying; `example` is what the gate says.
 */
export const reasons = {
  EVIDENCE_MISSING: {
    outcome: "fail",
    meaning: "The workload names no evaluation artifact, and a policy requires one.",
    remedy:
      "Publish the evaluation to one of the policy's repositories and name it in the annotation `assaygate.dev/evaluation: host/repository@sha256:…`, on the object or its pod template.",
    example: "no annotation assaygate.dev/evaluation on the object or its pod template",
  },
  EVIDENCE_MALFORMED: {
    outcome: "fail",
    meaning:
      "A reference in the annotation is not `host/repository@sha256:<64 hex>` or a bare `sha256:<64 hex>`, there are more than 16, or the object and its pod template name different evidence. A tag alone can be moved to other bytes, so a reference without a digest is refused.",
    remedy:
      "Write each reference with its digest; separate several with commas or white space. `oras push` prints the digest, EvalHub the whole reference.",
    example: "quay.io/acme/evals:latest has no digest: write quay.io/acme/evals@sha256:<64 hex>",
  },
  EVIDENCE_REVOKED: {
    outcome: "fail",
    meaning:
      "The evidence turned out wrong after it was published. Either the policy lists its digest (`evidence.revoked`), or one of the policy's revokers (`evidence.revokers`) has attached a signed revocation. The message says who, when and why. The evidence counts for nothing, wherever it is and whoever signed it.",
    remedy:
      "Run the evaluation again, and name the new evidence. If you think that the revocation is wrong, ask the person who revoked it, or the owner of the policy.",
    example: "production-llm revokes sha256:12ab34cd…",
  },
  EVIDENCE_SUPERSEDED: {
    outcome: "fail",
    meaning:
      "A newer evaluation of the same model, which would count for the same requirement, fails one of its benchmarks, and no still newer one passes it (`evidence.newest`). The best of several runs proves nothing if a later one fails.",
    remedy:
      "Find out why the newer evaluation fails. If it is wrong, have it revoked, or evaluate the model again: the newest evaluation counts.",
    example:
      "a newer evaluation fails: mmlu acc,none is 0.55, but the policy requires at least 0.62 (quay.io/acme/evals@sha256:12ab34cd…, of 2026-11-24T02:00:00.000Z)",
  },
  EVIDENCE_STANDING_UNKNOWN: {
    outcome: "fail",
    meaning:
      "The gate cannot tell whether the evidence still counts. It may have been revoked: more is attached to it than the gate looks at, the answer is not a list, or the gate lacks the keys or roots to verify a revocation. Or a newer evaluation of the model may fail: more refers to the model than the gate looks at. This is a denial under every `onUnavailable`, so that nobody can hide a revocation or a newer run by attaching more.",
    remedy:
      "The message says which of these it is. Remove attachments that nobody needs, or publish the evidence again under another digest. If the gate lacks keys or roots, ask its operators to add them.",
    example:
      "it cannot be told whether it was revoked: 300 manifests refer to it, and after 128 signatures 172 were not looked at",
  },
  EVIDENCE_NOT_FOUND: {
    outcome: "fail",
    meaning:
      "The registry answered that it does not hold this digest. Either it was never pushed there, or it has been deleted.",
    remedy:
      "Check the repository and digest with `oras manifest fetch`; push the evidence again, or run the evaluation again if its bytes are gone.",
    example: "quay.io/acme/evals holds no such digest",
  },
  EVIDENCE_CORRUPT: {
    outcome: "fail",
    meaning:
      "The registry answered with bytes that do not hash to the requested digest. They were changed in transit or at rest.",
    remedy:
      "Treat the registry and any mirror or proxy in front of it as suspect. Push the evidence again to a registry you trust.",
    example: "the bytes hash to sha256:9e8d7c6b…, not to the digest in the annotation",
  },
  REPOSITORY_NOT_TRUSTED: {
    outcome: "fail",
    meaning: "The evidence is in a repository that the policy does not list. The gate fetched nothing from it.",
    remedy:
      "Push the evidence to one of the policy's `evidence.repositories`, or ask the security team to add this one.",
    example: "ghcr.io/someone/evals is not among the policy's repositories: quay.io/acme/evals",
  },
  REGISTRY_UNAVAILABLE: {
    outcome: "error",
    meaning:
      "The registry could not be reached, timed out, or answered with a server error or a rate limit. The evidence was neither proved nor disproved.",
    remedy:
      "Try again. If it persists, look at the registry and at the network between it and the gate; `onUnavailable` in the policy decides what such an error does.",
    example: "quay.io answered 503 Service Unavailable",
  },
  REGISTRY_DENIED: {
    outcome: "error",
    meaning:
      "The registry refused the gate: its credentials are missing, wrong or expired, or lack pull rights on this repository. Some registries give the same answer for a repository that does not exist.",
    remedy:
      "Give the gate a Docker config with pull rights for this registry (`credentials.dockerConfigFile`), and check the repository's name.",
    example: "quay.io answered 401 Unauthorized to anonymous access",
  },
  ARTIFACT_INVALID: {
    outcome: "fail",
    meaning:
      "The bytes are the right ones but are not an evaluation artifact that the gate can accept: not an OCI image manifest, ambiguous or oversized JSON, no layers, no evaluation annotations, annotations that contradict the content, or a malformed statement.",
    remedy:
      "Look at it with `assaygate inspect` and `oras manifest fetch`. Push evidence with the EvalHub SDK, or with `oras push` and the annotations that docs/evidence.md lists; docs/signatures.md says which signed statements are evidence, and under which media types.",
    example: "the manifest has both layers and manifests",
  },
  SIGNATURE_MISSING: {
    outcome: "fail",
    meaning: "The policy requires a signature and the artifact has none.",
    remedy: "Sign the evidence, for example with `cosign sign repository@digest`.",
    example: "no signature is attached to quay.io/acme/evals@sha256:12ab34cd…",
  },
  SIGNATURE_INVALID: {
    outcome: "fail",
    meaning: "A signature is attached, but it does not verify over this artifact.",
    remedy: "Sign the evidence again, over exactly this digest, with a valid key or certificate.",
    example: "the signature is over sha256:77aa…, not over this artifact",
  },
  SIGNATURES_TOO_MANY: {
    outcome: "fail",
    meaning:
      "The artifact has more attachments that are, or may be, signatures than the gate looks at, and those that it looked at are not enough. It looks first at those that can match; if enough of them verify, other attachments do not matter. This is a denial under every `onUnavailable`, so that nobody can make the gate give up by attaching signatures.",
    remedy:
      "The message says how many there are. Remove those that nobody needs, or publish the evidence again under another digest, and sign it once. `assaygate push --sign` does not add a second signature by the same key.",
    example:
      "300 manifests refer to it, and after 128 signatures 172 were not looked at: those that were looked at are not enough for key eval-pipeline.pub",
  },
  SIGNER_NOT_TRUSTED: {
    outcome: "fail",
    meaning: "The artifact is signed, but not by the signers that the policy names.",
    remedy: "Have the pipeline that the policy names sign the evidence, or ask the security team to add this signer.",
    example: "signed by https://github.com/someone/evals, but the policy expects https://github.com/acme/evals",
  },
  MODEL_UNKNOWN: {
    outcome: "fail",
    meaning:
      "The gate cannot tell which model the workload runs, in which version, build or quantization, or with which adapters. The workload does not name it, and there is no declaration that the policy accepts instead. A claim, a bucket or a path is a place, not a name. An image that starts by its own entry point may hold any model. Something that the gate cannot read may be anything. An environment from elsewhere may change what is loaded.",
    remedy:
      "Write the model into the server's arguments or storage URI. The policy says, under `workload.declared`, whether a declaration such as the annotation assaygate.dev/model-name counts instead. The message says which of the two would help; `assaygate describe -f FILE` shows what the gate reads, and where.",
    example:
      "spec.template.spec.containers[0].args names a place, not a model: name the model there, or have the policy accept a declared name (workload.declared.name: [Place]); see assaygate describe -f FILE",
  },
  MODEL_IDENTITY_CONFLICT: {
    outcome: "fail",
    meaning:
      "What the workload declares about its model contradicts what it visibly runs, or two declarations contradict each other.",
    remedy:
      "Correct the annotation, or the server's arguments. Both must name the model in exactly the same way. A served name does not count if the loaded model has a name. `assaygate describe -f FILE` shows what the gate reads, and where.",
    example:
      "declared as granite-3.1-8b-instruct, but the workload runs mistral-7b-instruct: correct the declaration, or what stands at spec.template.spec.containers[0].args; see assaygate describe -f FILE",
  },
  IMAGE_NOT_LISTED: {
    outcome: "fail",
    meaning:
      "The policy lists the images that may run a model, by digest, and the workload runs another image, an image by tag, or an image that the object does not name.",
    remedy:
      "Run an image of the policy's `workload.images`, named by its digest, or ask the security team to add this one. If another object says which image runs, name the image in this one.",
    example: "vllm/vllm-openai:v0.11.0 is not among the images that the policy lists",
  },
  MODEL_NAME_MISMATCH: {
    outcome: "fail",
    meaning: "The evaluation is about another model.",
    remedy: "Reference the evaluation of the model that this workload runs.",
    example: "evaluated mistral-7b-instruct, but this workload runs granite-3.1-8b-instruct",
  },
  MODEL_VERSION_MISMATCH: {
    outcome: "fail",
    meaning:
      "The evaluation is about another version of the model, or does not say which. Versions are compared as written: `v1.2` is not `1.2`.",
    remedy: "Evaluate the version that is deployed, or deploy the version that was evaluated.",
    example: "evaluated version 3.0.0, but this workload runs 3.1.0",
  },
  MODEL_DIGEST_MISMATCH: {
    outcome: "fail",
    meaning:
      "The evaluation is about another build of the model: its digest differs from the one that the workload runs.",
    remedy: "Evaluate exactly the artifact that is deployed, by digest.",
    example: "evaluated sha256:12ab34cd…, but this workload runs sha256:99ff00aa…",
  },
  MODEL_NOT_SIGNED: {
    outcome: "fail",
    meaning:
      "The policy requires that one of its signers has signed the model itself (OpenSSF Model Signing v1.0), and there is no such valid signature over exactly the files that the model's manifest lists. Either none is attached, or somebody else signed. Or a file was added, removed or changed. Or the files cannot be compared, because the layers are archives or the signature uses other hashes.",
    remedy:
      "Sign the model's folder with model_signing. Push each file as a layer with a name and a media type that is not an archive's. Attach the bundle to that manifest. docs/signatures.md has the commands.",
    example:
      "of the model itself: a signature does not hold: tokenizer.json is not among the files that are signed (looked for in quay.io/acme/granite)",
  },
  MODEL_FAMILY_MISMATCH: {
    outcome: "fail",
    meaning: "The evaluation's model family is not one that the policy allows.",
    remedy: "Deploy a model of an allowed family, or ask the security team to allow this one.",
    example: "evaluated a model of family llama, but the policy requires granite",
  },
  ADAPTER_MISMATCH: {
    outcome: "fail",
    meaning: "The adapters (LoRA) that the workload loads are not those that were evaluated.",
    remedy: "Evaluate the model together with the adapters that are deployed.",
    example: "evaluated with adapters none, but this workload loads acme/sql-lora",
  },
  QUANTIZATION_MISMATCH: {
    outcome: "fail",
    meaning: "The quantization that the workload runs is not the one that was evaluated.",
    remedy: "Evaluate the quantization that is deployed.",
    example: "evaluated fp16, but this workload runs awq",
  },
  PROMPT_MISMATCH: {
    outcome: "fail",
    meaning: "The workload's prompt is not the one that was evaluated, or one of them does not state its digest.",
    remedy: "Set assaygate.dev/prompt-digest to the digest of the deployed prompt, and evaluate with that prompt.",
    example: "evaluated with prompt sha256:12ab34cd…, but this workload states sha256:99ff00aa…",
  },
  ENVIRONMENT_MISMATCH: {
    outcome: "fail",
    meaning: "The evaluation was made for another environment, or does not say for which.",
    remedy: "Run the evaluation for the environment that the workload is deployed to.",
    example: "evaluated for staging, but the policy requires production",
  },
  HARDWARE_CLASS_MISMATCH: {
    outcome: "fail",
    meaning:
      "The evaluation ran on other hardware than the workload can land on, or one of the two is unknown. If a pod may land on several classes, the evaluation must cover all of them.",
    remedy:
      "Evaluate on the class that is deployed, or pin the workload with a node selector, such as nvidia.com/gpu.product, to the class that was evaluated.",
    example: "evaluated on nvidia-a100, but this workload runs on nvidia-h100",
  },
  COMPLIANCE_TAG_MISSING: {
    outcome: "fail",
    meaning: "The evaluation lacks a compliance tag that the policy requires.",
    remedy: "Run the evaluations that the tag stands for, and publish them with the tag.",
    example: "tagged soc2:cc8.1, but the policy also requires eu-ai-act:art-15",
  },
  COLLECTION_MISMATCH: {
    outcome: "fail",
    meaning:
      "The evaluation did not run the benchmark collection that the policy requires, or ran another version of it.",
    remedy: "Run the collection that the policy names, in a version that it allows.",
    example: "ran safety-and-fairness-v1 2.0.3, but the policy requires safety-and-fairness-v1 >=2.1.0 <3",
  },
  BENCHMARK_MISSING: {
    outcome: "fail",
    meaning: "The evaluation's content holds no result for a benchmark, or a metric of it, that the policy requires.",
    remedy: "Run that benchmark with the same evaluation, and publish its results.",
    example: "no result for lm_evaluation_harness/mmlu",
  },
  BENCHMARK_FAILED: {
    outcome: "fail",
    meaning:
      "A benchmark that must have passed did not, or its result carries no verdict. An absent verdict is not a pass.",
    remedy: "Look at the benchmark's results, fix the model or its guardrails, and evaluate again.",
    example: "garak/toxicity did not pass",
  },
  METRIC_OUT_OF_BOUNDS: {
    outcome: "fail",
    meaning:
      "A metric is outside the policy's bounds, or a statement gives only a threshold that the metric met, which does not prove the policy's bound.",
    remedy:
      "Improve the model, or ask the security team whether the bound is right. If a statement gives a threshold instead of a value, evaluate against the policy's bound.",
    example: "lm_evaluation_harness/mmlu acc,none is 0.58, but the policy requires at least 0.62",
  },
  SAMPLES_TOO_FEW: {
    outcome: "fail",
    meaning:
      "A benchmark ran over fewer samples than the policy asks for (`minSamples`), or its results do not say over how many.",
    remedy:
      "Run the benchmark over more samples, without a limit, and publish the results as the evaluator wrote them.",
    example: "lm_evaluation_harness/mmlu is over 10 samples, but the policy requires at least 1000 samples",
  },
  EVALUATION_INCOMPLETE: {
    outcome: "fail",
    meaning:
      "The evaluation did not complete, or part of it failed. Under `complete: true` it may also be that a benchmark's numbers leave out samples (limited, failed, skipped, unscored or invalidated), or that its results do not say whether they are complete.",
    remedy: "Run the evaluation again until it completes, without a limit, and reference the new artifact.",
    example: "the evaluation job ended as partially_failed",
  },
  NOT_PRE_REGISTERED: {
    outcome: "fail",
    meaning:
      "The policy requires that a benchmark's bar was fixed before the run (`preRegistered`), and that is not proved. The result names no registration, or one that is not among the evidence. Or the policy's signers did not sign it. Or it registers another metric, comparator or threshold. Or no transparency log or timestamp authority that the gate trusts confirms that it was signed before the run.",
    remedy:
      "Register the bar first: have one of the policy's signers sign the registration, with a transparency log entry or a timestamp. Then evaluate, name the registration's manifest in the result, and name both in the annotation `assaygate.dev/evaluation`.",
    example:
      "larch-qa was run at 2026-11-20T08:30:00Z, and its registration was there at 2026-11-20T09:00:00.000Z: not before the run",
  },
  EVIDENCE_EXPIRED: {
    outcome: "fail",
    meaning: "The evaluation is older than the policy allows, carries no creation time, or is dated in the future.",
    remedy: "Evaluate again. If the date is in the future, check the clocks.",
    example: "evaluated 41 days ago, but the policy allows at most 30 days",
  },
  EXPRESSION_FALSE: {
    outcome: "fail",
    meaning: "An expression of the policy evaluated to false.",
    remedy: "The policy's own message says what it asks for.",
    example: "at least five benchmarks",
  },
  EXPRESSION_ERROR: {
    outcome: "fail",
    meaning: "An expression of the policy could not be evaluated on this evidence. That counts as a failure.",
    remedy: "Ask the security team to guard the expression against fields that an evaluation may lack.",
    example: "evaluation.model.family: no such key",
  },
  NAMESPACE_UNKNOWN: {
    outcome: "error",
    meaning: "The labels of the workload's namespace could not be looked up, and a policy needs them.",
    remedy:
      "In a cluster, check that the gate may read namespaces. On the command line, give --namespace-labels or the Namespace manifest.",
    example: "the labels of namespace prod-chat are not known",
  },
  CLUSTER_UNAVAILABLE: {
    outcome: "error",
    meaning: "The API server did not return an object that the decision needs, such as a resource claim.",
    remedy:
      "Try again. If it persists, look at the gate's log and at the network between it and the API server; `onUnavailable` in the policy decides what such an error does.",
    example:
      "evaluated on nvidia-h100, but the workload's hardware is unknown: ResourceClaimTemplate single-h100: the API server gave no answer",
  },
  DEADLINE_EXCEEDED: {
    outcome: "error",
    meaning: "The review's time was up before the evidence was read.",
    remedy:
      "Try again: what was fetched is cached. If it persists, raise the webhook's timeoutSeconds or look at the registry's latency.",
    example: "no answer from quay.io before the review's deadline",
  },
  POLICIES_NOT_LOADED: {
    outcome: "error",
    meaning: "The gate has not loaded a policy set yet, so it cannot judge.",
    remedy: "Run `assaygate lint` on the policy folder; /readyz says what is wrong with it.",
    example: "no policy set has been loaded yet",
  },
  NO_POLICY: {
    outcome: "fail",
    meaning: "No policy matches the workload, and the gate is configured with `noMatch: Deny`.",
    remedy: "Ask the security team for a policy that covers this workload.",
    example: "no policy matches this workload",
  },
  WORKLOAD_TOO_LARGE: {
    outcome: "fail",
    meaning:
      "The object exceeds what the gate reads of one object: more containers, variables, words of commands, characters of scripts or models than any real workload has. The limits keep one object from delaying the reviews of others. An object of more than 262,144 values is not read at all, and is denied even if no policy matches.",
    remedy:
      "The message says what was counted and the limit. Split the object, take generated content out of it (scripts into the image, long lists into a file), or write out variables that refer to each other many times over.",
    example: "more than 524288 characters of words, values and paths, after variables are expanded",
  },
  REVIEW_INVALID: {
    outcome: "fail",
    meaning:
      "The request is not an AdmissionReview that the gate can read, or the object in it does not have the shape of its kind.",
    remedy:
      "Check the webhook configuration: apiVersion admission.k8s.io/v1, operations CREATE and UPDATE, and kinds that the gate supports.",
    example: "spec.template.spec.containers: expected a list",
  },
  INTERNAL_ERROR: {
    outcome: "error",
    meaning: "A bug in the gate ended the review. The request was denied because nothing was proved.",
    remedy: "Report it, with the uid from the message and the gate's log line for that uid.",
    example: "internal error while judging review 705ab4f5",
  },
} as const satisfies Record<string, ReasonEntry>;

/** What a code means, and what to do about it. */
export interface ReasonEntry {
  readonly outcome: "fail" | "error";
  readonly meaning: string;
  readonly remedy: string;
  readonly example: string;
}

/** A code: in messages, documents, metrics and records alike. */
export type Reason = keyof typeof reasons;
/** Something was disproved. */
export type FailReason = { [R in Reason]: (typeof reasons)[R]["outcome"] extends "fail" ? R : never }[Reason];
/** The gate could not look. */
export type ErrorReason = Exclude<Reason, FailReason>;

/** True for a code of the table. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}

/** What stands for a reason's code in the address of a page about reasons. */
export const reasonPlaceholder = "{reason}";
