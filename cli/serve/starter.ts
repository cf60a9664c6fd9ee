/** The policy that `serve` starts from when there is none: policies/library/baseline.yaml, letter for letter; a test holds this. */
export const starterPolicy = String.raw`# Baseline: every model was evaluated, as the version that is deployed, within the last 90 days.
#
# The least to ask for, and where to begin. It says nothing about how good the results are: it proves that
# somebody looked at this model in this version, and that what they found is kept where you trust it.
#
# Before you use it:
#   - set evidence.repositories to where your pipelines publish evaluations;
#   - leave out the namespaces of the cluster itself, below and in the webhook configuration;
#   - in a cluster that also runs other things, narrow match: as it stands it is about every workload.
#     gpu-workloads-only.yaml shows one way, namespaces: ["ml-*"] is another.
apiVersion: assaygate.dev/v1alpha1
kind: EvaluationPolicy
metadata:
  name: baseline
spec:
  mode: Enforce
  # A registry that is down denies; Warn would admit with a warning instead.
  onUnavailable: Deny
  exclude:
    namespaces: ["kube-*", "assaygate-system"]
  workload:
    declared:
      # The default, written out: the model is named by what runs, and an annotation names none. To let annotations name models
      # that lie on claims, in buckets or at paths, add name: [Place]; docs/policy.md says what that is worth.
      version: Accept
  evidence:
    repositories:
      # Whole path segments: * is one of them, ** (only at the end) is one or more.
      - registry.example.com/ml/evals/**
      # Named in full, so that an annotation that gives only the digest can be looked up here.
      - registry.example.com/ml/evals
  require:
    - name: evaluated
      # These two are the default, written out here because everything rests on them.
      model:
        name: SameAsWorkload
        version: SameAsWorkload
      maxAge: 90d
`;
