import type { FieldModel } from "../models/field-model.ts";
import { compilePath, findPlaces } from "../path.ts";
import { type Fields, type Place } from "../shape.ts";
import type { KindDetails } from "./kinds.ts";
import { isSet, toUnknownModel } from "./made-pods.ts";

/*
 * A RoleBasedGroup: in v1alpha2 each role has a pattern, in v1alpha1 a template; both may refer to a template of the group.
 * https://github.com/sgl-project/rbg
 */

const patterns = ["standalonePattern", "leaderWorkerPattern", "leaderWorkerSet"];
const roles = compilePath("spec.roles[*]");

/** Fields that change a template after it was read, or that bring containers of another object. */
const changing = ["templatePatch", "engineRuntimes"];
const changingInPattern = ["leaderTemplatePatch", "workerTemplatePatch", "patchLeaderTemplate", "patchWorkerTemplate"];

function groupModels(object: Fields): FieldModel[] {
  return findPlaces(object, roles).flatMap((role) => {
    const inPatterns = patterns.flatMap((pattern) => findPlaces(role.fields, compiled[pattern] ?? roles, role.path));
    const found = [
      ...listChanges(role, changing),
      ...inPatterns.flatMap((place) => listChanges(place, changingInPattern)),
    ];
    return [...found, ...[role, ...inPatterns].flatMap(changedReference)];
  });
}

const compiled = Object.fromEntries(patterns.map((pattern) => [pattern, compilePath(pattern)]));

function listChanges({ path, fields }: Place, keys: readonly string[]): FieldModel[] {
  return keys
    .filter((key) => isSet(fields[key]))
    .map((key) => toUnknownModel(`${path}.${key}`, `${path}.${key} may change what the role's pods load`));
}

function changedReference({ path, fields }: Place): FieldModel[] {
  const patch = `${path}.templateRef.patch`;
  return isSet(Object(fields["templateRef"])["patch"])
    ? [toUnknownModel(patch, `${patch} may change what the role's pods load`)]
    : [];
}

/** Kinds of the RoleBasedGroup operator. */
export const roleBasedGroupKinds: readonly KindDetails[] = [
  {
    group: "workloads.x-k8s.io",
    kind: "RoleBasedGroup",
    templates: [
      "spec.roles[*].template",
      "spec.roles[*].components[*].template",
      "spec.roles[*].standalonePattern.template",
      "spec.roles[*].leaderWorkerPattern.template",
      "spec.roles[*].customComponentsPattern.components[*].template",
      "spec.roleTemplates[*].template",
    ],
    podMetadata: ["spec.roles[*]", "spec.roles[*].customComponentsPattern.components[*]"],
    models: groupModels,
    compared: [
      {
        path: "spec.roles[*]",
        except: ["replicas", "rolloutStrategy", "scalingAdapter", "servicePorts", "dependencies"],
      },
    ],
  },
];
