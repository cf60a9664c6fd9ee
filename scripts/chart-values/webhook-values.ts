import * as z from "zod";
import * as s from "./shapes.ts";

/** Values of the webhook configuration and of the certificate it trusts. */
export const webhookValues = {
  certificates: s
    .group({
      mode: z
        .enum(["selfManaged", "certManager", "openshift", "secret"])
        .describe("Who makes and renews it: the gate, cert-manager, OpenShift's service CA, or you."),
      certManager: s
        .group({
          issuerRef: s
            .group({ group: s.text, kind: z.enum(["Issuer", "ClusterIssuer"]), name: s.named })
            .describe("Empty: the chart creates a CA for this certificate only."),
          duration: s.duration.describe("How long a certificate is valid."),
          renewBefore: s.duration.describe("Remaining validity at which cert-manager renews it."),
          namespace: s.named.describe("Where cert-manager runs; never judged."),
        })
        .describe("For mode certManager."),
      secret: s
        .group({
          name: s.text.describe("A Secret of type kubernetes.io/tls."),
          caBundle: z
            .string()
            .regex(/^[A-Za-z0-9+/=\s]*$/)
            .describe("The certificate authority that signed it, PEM in base64."),
        })
        .describe("For mode secret."),
    })
    .describe("The serving certificate."),
  webhooks: s
    .group({
      enabled: s.flag.describe("Whether the API server calls the gate."),
      excludedNamespaces: z
        .array(s.named)
        .describe("Never judged, besides the gate's own. Must include kube-system.")
        .meta({ uniqueItems: true, contains: { const: "kube-system" } }),
      labels: s.texts.describe("On the webhook configuration. The default tells AKS's enforcer to leave it alone."),
      annotations: s.texts.describe("On the webhook configuration. The same."),
      keptSelectorKeys: z
        .array(s.named)
        .describe("Keys of expressions that others add to the namespace selectors, and that upgrades keep."),
      gate: s
        .group({
          failurePolicy: s.failurePolicy.describe("Ignore admits whatever the gate cannot answer."),
          timeoutSeconds: s.timeoutSeconds.describe("The gate answers a second earlier."),
          extraRules: s.objects.describe("Rules for kinds that config.kinds adds."),
          namespaceSelector: s
            .group({ matchLabels: s.texts, matchExpressions: s.objects })
            .describe("Namespaces to judge. Empty: all."),
        })
        .describe("The webhook for workloads."),
      policy: s
        .group({
          failurePolicy: s.failurePolicy.describe("Ignore: policies can be corrected while no gate answers."),
          timeoutSeconds: s.timeoutSeconds.describe("Seconds."),
        })
        .describe("The webhook that checks policies and exceptions when they are written."),
      guard: s
        .group({
          enabled: s.flag.describe("Whether to guard the namespace labels that policies read."),
          failurePolicy: s.failurePolicy.describe("What happens to a change that the gate cannot answer."),
          timeoutSeconds: s.timeoutSeconds.describe("Seconds."),
          groups: z.array(s.named).min(1).describe("Groups whose members may change them."),
          users: z.array(s.named).describe("Users who may change them."),
        })
        .describe("The webhook that guards namespace labels."),
    })
    .describe("The webhooks that the API server calls."),
} as const;
