import * as z from "zod";

const path = z.string().min(1);
const ms = z.int().min(1);
const days = z.number().positive().max(36_500);
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/, "expected the name of a Kubernetes object");
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const labelName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/, "expected a name of lower-case letters, digits and dashes");

const selfManaged = z
  .strictObject({
    namespace: labelName.describe("The gate's own namespace."),
    service: labelName.describe("The Service through which the API server calls the gate."),
    secret: objectName.describe(
      "The Secret that holds the certificates; created if it is missing, filled if it is empty.",
    ),
    webhookConfigurations: z
      .array(objectName)
      .min(1)
      .describe("The ValidatingWebhookConfigurations whose caBundles the gate maintains, in all their webhooks."),
    lease: objectName
      .default("assaygate-certificates")
      .describe("The Lease by which the replicas elect the one that writes."),
    kubeconfig: path
      .optional()
      .describe("A kubeconfig file; its current context counts. Default: the service account of the gate's own pod."),
    validDays: days.default(365).describe("How long a serving certificate is valid."),
    renewBeforeDays: days.default(90).describe("A serving certificate with less than this left is renewed."),
    authorityValidDays: days
      .default(3_650)
      .describe("How long an authority is valid. It is replaced when less than `validDays` of it is left."),
    settleMs: ms
      .default(30_000)
      .describe(
        "How long a new authority is published beside the old one before the gate presents a certificate from it.",
      ),
    intervalMs: ms.default(5_000).describe("How often the Secret and the webhook configurations are checked."),
  })
  .superRefine(({ validDays, renewBeforeDays, authorityValidDays }, context) => {
    if (renewBeforeDays >= validDays)
      context.addIssue({ code: "custom", path: ["renewBeforeDays"], message: "expected less than validDays" });
    if (authorityValidDays < 2 * validDays)
      context.addIssue({ code: "custom", path: ["authorityValidDays"], message: "expected at least twice validDays" });
  });

/** The settings under `tls`. */
export const tls = z
  .strictObject({
    certFile: path.optional().describe("PEM file of the serving certificate and its chain. With `keyFile`."),
    keyFile: path.optional().describe("PEM file of its private key."),
    selfManaged: selfManaged
      .optional()
      .describe("Certificates that the replicas make, publish and rotate themselves, instead of `certFile`."),
    clientCaFile: path
      .optional()
      .describe(
        "PEM file of certificate authorities. With it, only clients with a certificate from one of them may ask.",
      ),
    clientNames: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("With `clientCaFile`: common names or DNS names, one of which a client's certificate must have."),
    reloadMs: ms.default(5_000).describe("How often these files are checked for changes."),
    minVersion: z
      .enum(["TLSv1.2", "TLSv1.3"])
      .default("TLSv1.3")
      .describe("The oldest TLS version that the gate accepts."),
  })
  .superRefine(({ certFile, keyFile, selfManaged: managed, clientCaFile, clientNames }, context) => {
    const complain = (name: string, message: string): void =>
      context.addIssue({ code: "custom", path: [name], message });
    if (managed !== undefined) {
      if (certFile !== undefined) complain("certFile", "expected either certFile and keyFile or selfManaged");
      if (keyFile !== undefined) complain("keyFile", "expected either certFile and keyFile or selfManaged");
    } else {
      if (certFile === undefined) complain("certFile", "required, unless selfManaged is given");
      if (keyFile === undefined) complain("keyFile", "required, unless selfManaged is given");
    }
    if (clientNames !== undefined && clientCaFile === undefined)
      complain("clientNames", "expected clientCaFile, too: names prove nothing without an authority");
  });

/** `tls` of the configuration, checked. */
export type TlsConfig = z.output<typeof tls>;

/** `tls.selfManaged` of the configuration, checked. */
export type SelfManagedConfig = z.output<typeof selfManaged>;
