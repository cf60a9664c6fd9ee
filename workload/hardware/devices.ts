import { toAmdClass } from "./node-labels.ts";
import { intersectParts, toMigPart, toAmdPart, withPart } from "./products/parts.ts";
import { toClassOfProduct } from "./products/products.ts";
import { type Fields, getFields, isFields, listPlaces, getText, getTexts } from "../shape.ts";

/** One request of a resource claim. Any of its alternatives may be what the pod gets. */
export type DeviceRequest = readonly DeviceAsk[];

/** A device of this class for which every expression holds, the device class's own among them where they are known. */
export interface DeviceAsk {
  readonly deviceClass: string;
  /** CEL over `device`. */
  readonly expressions: readonly string[];
  /** It asks for some of a device's capacity, which others may share. */
  readonly isShare?: boolean;
}

/** What the gate's configuration says of device classes. Undefined: devices of it are not accelerators. */
export type DeviceClasses = ReadonlyMap<string, string | undefined>;

/** Channels between NVIDIA's GPUs, which come beside them. */
const noAccelerators = new Set(["compute-domain-daemon.nvidia.com", "compute-domain-default-channel.nvidia.com"]);

/**
 * The hardware classes that requests may be given; none, where they ask for no accelerator. Undefined: some device may be of
 * a class that cannot be told.
 */
export function listClassesOfRequests(
  requests: readonly DeviceRequest[],
  known: DeviceClasses,
): readonly string[] | undefined {
  const classes = requests
    .flat()
    .filter((ask) => !(known.has(ask.deviceClass) ? known.get(ask.deviceClass) === undefined : isNoAccelerator(ask)))
    .map((ask) => known.get(ask.deviceClass) ?? findClass(ask));
  return classes.every((one) => one !== undefined) ? [...new Set(classes)].toSorted() : undefined;
}

function isNoAccelerator({ deviceClass }: DeviceAsk): boolean {
  return noAccelerators.has(deviceClass);
}

/** What the expressions pin. A device's product is also that of its parts, so that it must be said which of both is meant. */
function findClass({ deviceClass, expressions, isShare }: DeviceAsk): string | undefined {
  if (isShare === true) return undefined;
  const conditions = expressions.map(readExpression).flatMap((found) => found ?? []);
  for (const [domain, { toProduct, toPart }] of drivers) {
    const attributes = conditions.filter((condition) => condition.domain === domain);
    const [first, ...others] = attributes.flatMap(({ name, value }) => toProduct(name, value) ?? []);
    if (first === undefined) continue;
    const product = others.reduce<string | undefined>((one, other) => one && intersectParts(one, other), first);
    const values = new Map(attributes.map(({ name, value }) => [name, value]));
    const part = toPart((name) => values.get(name), deviceClass);
    return product === undefined || part === undefined ? undefined : withPart(product, part);
  }
  return undefined;
}

/** How a driver's attributes tell a product, and which part of it: empty for the whole, undefined where it cannot be told. */
interface Driver {
  readonly toProduct: (name: string, value: string) => string | undefined;
  readonly toPart: (getValue: (name: string) => string | undefined, deviceClass: string) => string | undefined;
}

const drivers: ReadonlyMap<string, Driver> = new Map<string, Driver>([
  // https://github.com/NVIDIA/k8s-dra-driver-gpu
  [
    "gpu.nvidia.com",
    {
      toProduct: (name, value) => (name === "productName" ? toClassOfProduct("nvidia", value) : undefined),
      toPart(getValue, deviceClass) {
        const type = getValue("type") ?? nvidiaTypes.get(deviceClass);
        const profile = getValue("profile");
        if (type === "gpu") return "";
        return type === "mig" && profile !== undefined ? toMigPart(profile) : undefined;
      },
    },
  ],
  // https://github.com/ROCm/k8s-gpu-dra-driver/blob/main/docs/driver-attributes.md
  [
    "gpu.amd.com",
    {
      toProduct: (name, value) =>
        name === "productName" ? toClassOfProduct("amd", value) : name === "deviceID" ? toAmdClass(value) : undefined,
      toPart(getValue) {
        const profile =
          getValue("partitionProfile") ?? joined(getValue("computePartition"), getValue("memoryPartition"));
        if (profile !== undefined) return toAmdPart(profile);
        return getValue("type") === "amdgpu" || getValue("computePartition") === "spx" ? "" : undefined;
      },
    },
  ],
  // https://github.com/intel/intel-resource-drivers-for-kubernetes
  ["gpu.intel.com", { toProduct: intelModel, toPart: intelPart }],
  ["gaudi.intel.com", { toProduct: intelModel, toPart: intelPart }],
]);

function intelModel(name: string, value: string): string | undefined {
  return name === "model" || name === "productName" ? toClassOfProduct("intel", value) : undefined;
}

/** A virtual function of a GPU has the GPU's model. */
function intelPart(getValue: (name: string) => string | undefined): string | undefined {
  return (getValue("type") ?? "gpu") === "gpu" ? "" : undefined;
}

function joined(compute: string | undefined, memory: string | undefined): string | undefined {
  return compute === undefined || memory === undefined ? undefined : `${compute}_${memory}`;
}

/** The device classes that NVIDIA's driver comes with. */
const nvidiaTypes: ReadonlyMap<string, string> = new Map([
  ["gpu.nvidia.com", "gpu"],
  ["mig.nvidia.com", "mig"],
]);

/** An attribute that must have this value. */
interface Condition {
  readonly domain: string;
  readonly name: string;
  readonly value: string;
}

const text = String.raw`(?:"[^"\\\n]*"|'[^'\\\n]*')`;
const member = (kind: string): string => String.raw`device\.${kind}\[(${text})\](?:\.([A-Za-z_]\w*)|\[(${text})\])`;
const comparison = String.raw`\s*(?:==|!=|>=|<=|>|<)\s*`;
/** The forms of a condition: an attribute's value, and those that only narrow what is left. */
const conditions = new RegExp(
  [
    String.raw`${member("attributes")}\s*==\s*(${text})`,
    String.raw`${member("attributes")}\s*==\s*(?:true|false|\d+)`,
    String.raw`device\.driver\s*==\s*${text}`,
    String.raw`${member("capacity")}\.compareTo\(quantity\(${text}\)\)${comparison}-?\d+`,
    String.raw`${member("capacity")}\.(?:isGreaterThan|isLessThan)\(quantity\(${text}\)\)`,
  ]
    .map((form) => `(?:${form})`)
    .join("|"),
  "y",
);
const and = /\s*&&\s*/y;

/**
 * The attributes that an expression pins: conditions joined by `&&`, and nothing else. Undefined for every other expression.
 * It is written by the requester, so that no part of it may be taken out of its context.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
 */
function readExpression(expression: string): Condition[] | undefined {
  const source = expression.trim();
  const found: Condition[] = [];
  for (let at = 0; ;) {
    conditions.lastIndex = at;
    const [whole, domain, dotted, indexed, value] = conditions.exec(source) ?? [];
    if (whole === undefined) return undefined;
    if (domain !== undefined && value !== undefined) {
      found.push({ domain: unquoted(domain), name: dotted ?? unquoted(indexed ?? ""), value: unquoted(value) });
    }
    and.lastIndex = at + whole.length;
    if (and.lastIndex === source.length) return found;
    if (!and.test(source)) return undefined;
    at = and.lastIndex;
  }
}

function unquoted(literal: string): string {
  return literal.slice(1, -1);
}

/**
 * The requests of a ResourceClaim's spec, in any version of the API. Throws a WorkloadError where it is not of that shape.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/resource-claim-v1/
 */
export function listRequests(spec: Fields, path: string): DeviceRequest[] {
  const devices = getFields(spec, "devices", path) ?? {};
  return listPlaces(devices, "requests", `${path}.devices`).map(({ fields, path: at }) => {
    const alternatives = listPlaces(fields, "firstAvailable", at);
    if (alternatives.length > 0) return alternatives.map((place) => readAsk(place.fields, place.path));
    const exactly = getFields(fields, "exactly", at);
    return [exactly === undefined ? readAsk(fields, at) : readAsk(exactly, `${at}.exactly`)];
  });
}

function readAsk(fields: Fields, path: string): DeviceAsk {
  const ask = {
    deviceClass: getText(fields, "deviceClassName", path) ?? "",
    expressions: listExpressions(fields, path),
  };
  return getFields(fields, "capacity", path) === undefined ? ask : { ...ask, isShare: true };
}

/** The CEL selectors of a request or of a DeviceClass's spec. */
export function listExpressions(fields: Fields, path: string): string[] {
  return listPlaces(fields, "selectors", path).flatMap((selector) => {
    const cel = getFields(selector.fields, "cel", selector.path);
    return isFields(cel) ? (getText(cel, "expression", `${selector.path}.cel`) ?? []) : [];
  });
}

/** The devices of a claim that NVIDIA's operator makes. https://docs.nvidia.com/nim-operator/latest/dra.html */
export function listRequestsOfCreation(creation: Fields, path: string): DeviceRequest[] {
  return listPlaces(creation, "devices", path).map(({ fields, path: at }) => [
    {
      deviceClass: getText(fields, "deviceClassName", at) ?? "",
      expressions: getTexts(fields, "celExpressions", at),
    },
  ]);
}
