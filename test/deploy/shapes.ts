import * as z from "zod";

/*
 * What tests read of each kind of manifest.
 */

const texts = z.array(z.string());
const podMetadata = z.object({ annotations: z.record(z.string(), z.string()).default({}) });
const metadata = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

export const podSpec = z.looseObject({
  terminationGracePeriodSeconds: z.number().optional(),
  topologySpreadConstraints: z.array(z.looseObject({ topologyKey: z.string() })).default([]),
  affinity: z
    .looseObject({
      podAntiAffinity: z.looseObject({
        preferredDuringSchedulingIgnoredDuringExecution: z.array(
          z.looseObject({ podAffinityTerm: z.looseObject({ topologyKey: z.string() }) }),
        ),
      }),
    })
    .optional(),
  hostNetwork: z.boolean().default(false),
  hostPID: z.boolean().default(false),
  hostIPC: z.boolean().default(false),
  securityContext: z.looseObject({
    runAsNonRoot: z.boolean().optional(),
    runAsUser: z.number().optional(),
    seccompProfile: z.object({ type: z.string() }).optional(),
    sysctls: z.array(z.unknown()).default([]),
  }),
  volumes: z.array(z.record(z.string(), z.unknown())).default([]),
  containers: z.array(
    z.looseObject({
      image: z.string(),
      ports: z
        .array(
          z.looseObject({
            name: z.string().optional(),
            containerPort: z.number().optional(),
            hostPort: z.number().optional(),
          }),
        )
        .default([]),
      securityContext: z.looseObject({
        privileged: z.boolean().default(false),
        allowPrivilegeEscalation: z.boolean().default(true),
        readOnlyRootFilesystem: z.boolean().default(false),
        capabilities: z.object({ add: texts.default([]), drop: texts.default([]) }).optional(),
      }),
    }),
  ),
});

export type PodSpec = z.output<typeof podSpec>;

export const deployment = z.object({
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.object({ metadata: podMetadata, spec: podSpec }),
  }),
});

export const configMap = z.object({ data: z.record(z.string(), z.string()) });

export const secret = z.object({ data: z.unknown().optional(), stringData: z.unknown().optional() });

export const service = z.object({ spec: z.object({ ports: z.array(z.looseObject({ port: z.number() })) }) });

export const role = z.object({
  kind: z.string(),
  metadata,
  rules: z.array(z.object({ apiGroups: texts, resources: texts, verbs: texts, resourceNames: texts.optional() })),
});

export const webhooks = z.object({
  metadata,
  webhooks: z.array(
    z.looseObject({
      name: z.string(),
      clientConfig: z.unknown(),
      timeoutSeconds: z.number(),
      namespaceSelector: z.looseObject({ matchExpressions: z.array(z.unknown()).optional() }).optional(),
      rules: z.array(z.object({ apiGroups: texts, apiVersions: texts, operations: texts, resources: texts })),
    }),
  ),
});
