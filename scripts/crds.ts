import { stringify } from "yaml";
import * as z from "zod";
import { exceptionDocument } from "../policies/schema/exception.ts";
import { policyDocument } from "../policies/schema/policy.ts";

/** A JSON schema as zod makes it, and as the API server takes it. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

interface Resource {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly document: z.ZodType;
  /** Besides Ready and Age. */
  readonly columns: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly type: "string" | "date" | "integer";
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

const policies: Resource = {
  kind: "EvaluationPolicy",
  plural: "evaluationpolicies",
  shortName: "evalpol",
  document: policyDocument,
  columns: [
    { name: "Mode", type: "string", jsonPath: ".spec.mode", description: "Enforce, Warn or Audit." },
    {
      name: "Unavailable",
      type: "string",
      jsonPath: ".spec.onUnavailable",
      description: "What is done when the gate could not look.",
      priority: 1,
    },
  ],
};

const exceptions: Resource = {
  kind: "EvaluationException",
  plural: "evaluationexceptions",
  shortName: "evalex",
  document: exceptionDocument,
  columns: [
    { name: "Owner", type: "string", jsonPath: ".spec.owner", description: "Who answers for it." },
    { name: "Expires", type: "string", jsonPath: ".spec.expiresAt", description: "When it ends." },
    {
      name: "Namespace",
      type: "string",
      jsonPath: ".spec.scope.namespace",
      description: "The namespaces it is about.",
      priority: 1,
    },
  ],
};

/** The CustomResourceDefinition of policies, YAML. */
export const policyResource = (): string => definitionOf(policies);

/** The CustomResourceDefinition of exceptions, YAML. */
export const exceptionResource = (): string => definitionOf(exceptions);

/** The CustomResourceDefinition, YAML. https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ */
function definitionOf({ kind, plural, shortName, document, columns }: Resource): string {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.assaygate.dev` },
    spec: {
      group: "assaygate.dev",
      scope: "Cluster",
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames: [shortName] },
      versions: [
        {
          name: "v1alpha1",
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [...columns, ...commonColumns],
          schema: { openAPIV3Schema: schemaOf(document) },
        },
      ],
    },
  };
  const head = "# Made from policies/schema by `npm run generate`.\n";
  return head + stringify(definition, { lineWidth: 0, aliasDuplicateObjects: false });
}

const ready = '.status.conditions[?(@.type=="Ready")]';
const commonColumns: readonly Column[] = [
  { name: "Ready", type: "string", jsonPath: `${ready}.status`, description: "Whether the gate applies it as it is." },
  { name: "Reason", type: "string", jsonPath: `${ready}.reason`, description: "Why." },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it is there." },
];

function schemaOf(document: z.ZodType): Schema {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zod's own type for it has no index signature
  const { properties = {}, description } = z.toJSONSchema(document, { io: "input", target: "openapi-3.0" }) as Schema;
  const spec = properties["spec"];
  if (spec === undefined) throw new Error("the document has no spec");
  return {
    type: "object",
    description,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      spec: keepUnknown(spec),
      status,
    },
  };
}

/**
 * Objects that take no further keys keep them nevertheless: dropped in silence, as the API server would, a mistyped
 * `maxage` would be a policy that asks for less. Kept, the gate sees it and refuses it by name.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning
 */
function keepUnknown({ additionalProperties, items, properties, ...rest }: Schema): Schema {
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, keepUnknown(inner)])),
    }),
    ...(items && { items: keepUnknown(items) }),
    ...(additionalProperties === false ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
    ...(typeof additionalProperties === "object" ? { additionalProperties: keepUnknown(additionalProperties) } : {}),
  };
}

/** https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties */
const status: Schema = {
  type: "object",
  description: "What the gate makes of it. Written by the gate.",
  properties: {
    observedGeneration: { type: "integer", format: "int64", description: "The generation that the status is about." },
    conditions: {
      type: "array",
      maxItems: 8,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["type"],
      items: {
        type: "object",
        required: ["type", "status", "lastTransitionTime", "reason", "message"],
        properties: {
          type: { type: "string", maxLength: 316 },
          status: { type: "string", enum: ["True", "False", "Unknown"] },
          observedGeneration: { type: "integer", format: "int64", minimum: 0 },
          lastTransitionTime: { type: "string", format: "date-time" },
          reason: { type: "string", minLength: 1, maxLength: 1024 },
          message: { type: "string", maxLength: 32768 },
        },
      },
    },
  },
};
