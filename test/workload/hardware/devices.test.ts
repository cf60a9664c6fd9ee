import { describe, expect, it } from "@jest/globals";
import { listClassesOfRequests, listRequests } from "../../../workload/hardware/devices.ts";

const nvidia = "gpu.nvidia.com";
const product = (value: string): string => `device.attributes["gpu.nvidia.com"].productName == "${value}"`;
const h100 = product("NVIDIA H100 80GB HBM3");
const enough = `device.capacity["gpu.nvidia.com"].memory.compareTo(quantity("40Gi")) >= 0`;

const amd = (name: string, value: string): string => `device.attributes["gpu.amd.com"].${name} == "${value}"`;
const mi300x = amd("productName", "AMD_Instinct_MI300X_OAM");

const classes = (deviceClass: string, ...expressions: string[]) =>
  listClassesOfRequests([[{ deviceClass, expressions }]], new Map());

describe("what a claim's selectors pin", () => {
  it.each<[string, string, string[], string]>([
    ["a product", nvidia, [h100], "nvidia-h100"],
    [
      "a product in single quotes",
      nvidia,
      ["device.attributes['gpu.nvidia.com'].productName == 'NVIDIA L40S'"],
      "nvidia-l40s",
    ],
    ["a product by index", nvidia, [`device.attributes["gpu.nvidia.com"]["productName"]=="Tesla T4"`], "nvidia-t4"],
    ["with enough memory", nvidia, [`${h100} && ${enough}`], "nvidia-h100"],
    ["over several lines", nvidia, [`${enough} &&\n  ${h100}\n`], "nvidia-h100"],
    ["in several selectors", nvidia, [enough, h100], "nvidia-h100"],
    [
      "beside a selector that is not understood",
      nvidia,
      [h100, "device.attributes['x'].y.matches('z')"],
      "nvidia-h100",
    ],
    [
      "in a device class of one's own",
      "h100.acme.example",
      [h100, `device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].type == "gpu"`],
      "nvidia-h100",
    ],
    [
      "a partition",
      "mig.nvidia.com",
      [`${product("NVIDIA A100-SXM4-40GB")} && device.attributes["gpu.nvidia.com"].profile == "1g.5gb"`],
      "nvidia-a100-mig-1g.5gb",
    ],
    ["AMD's whole device", "gpu.amd.com", [mi300x, amd("type", "amdgpu")], "amd-mi300x"],
    ["AMD's whole device by its id", "gpu.amd.com", [amd("deviceID", "0x74a1"), amd("type", "amdgpu")], "amd-mi300x"],
    ["AMD's device of one partition", "gpu.amd.com", [mi300x, amd("computePartition", "spx")], "amd-mi300x"],
    [
      "AMD's partition by its profile",
      "gpu.amd.com",
      [mi300x, amd("type", "amdgpu-partition"), amd("partitionProfile", "cpx_nps4")],
      "amd-mi300x-cpx-nps4",
    ],
    [
      "AMD's partition by its modes",
      "gpu.amd.com",
      [mi300x, amd("computePartition", "dpx"), amd("memoryPartition", "nps2")],
      "amd-mi300x-dpx-nps2",
    ],
    ["Intel's model", "gpu.intel.com", [`device.attributes["gpu.intel.com"].model == "Max 1550"`], "intel-max-1550"],
    ["Gaudi's model", "gaudi.intel.com", [`device.attributes["gaudi.intel.com"].model == "Gaudi2"`], "intel-gaudi2"],
  ])("%s", (_what, deviceClass, expressions, expected) => {
    expect(classes(deviceClass, ...expressions)).toEqual([expected]);
  });

  it.each<[string, string, string[]]>([
    ["nothing", nvidia, []],
    ["only memory", nvidia, [enough]],
    ["an alternative", nvidia, [`${h100} || ${enough}`]],
    ["a pattern", nvidia, [`device.attributes["gpu.nvidia.com"].productName.matches("H100")`]],
    ["a negation", nvidia, [`!(${h100})`]],
    ["a condition", nvidia, [`${h100} ? true : true`]],
    ["a product inside a text", nvidia, [`"x && ${h100.replaceAll('"', "'")} && y" != "z"`]],
    [
      "an escape in a text",
      nvidia,
      [String.raw`device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100\" || true || \""`],
    ],
    ["two products", nvidia, [h100, product("NVIDIA L4")]],
    ["a comment", nvidia, [`${h100} // && ${enough}`]],
    ["another driver's attribute", nvidia, [`device.attributes["acme.example"].productName == "NVIDIA H100"`]],
    ["a partition of any size", "mig.nvidia.com", [h100]],
    ["a device that may be a whole or a partition", "h100.acme.example", [h100]],
    ["a trailing and", nvidia, [`${h100} && `]],
    ["AMD's product, which its partitions have too", "gpu.amd.com", [mi300x]],
    ["AMD's partition of any size", "gpu.amd.com", [mi300x, amd("type", "amdgpu-partition")]],
    ["AMD's compute mode without the memory's", "gpu.amd.com", [mi300x, amd("computePartition", "cpx")]],
    ["AMD's device for a virtual machine", "gpu.amd.com", [mi300x, amd("type", "vfio")]],
    [
      "Intel's virtual function",
      "gpu.intel.com",
      [`device.attributes["gpu.intel.com"].model == "Max 1550" && device.attributes["gpu.intel.com"].type == "vf"`],
    ],
    ["another domain's type", "h100.acme.example", [h100, `device.attributes["acme.example"].type == "gpu"`]],
  ])("unknown: %s", (_what, deviceClass, expressions) => {
    expect(classes(deviceClass, ...expressions)).toBeUndefined();
  });

  it("takes no time over a hostile length", () => {
    const start = performance.now();
    expect(classes(nvidia, `${h100} && `.repeat(20_000))).toBeUndefined();
    expect(classes(nvidia, `device.attributes["${" ".repeat(100_000)}`)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe("the configuration's device classes", () => {
  const known = new Map([
    ["h100.acme.example", "nvidia-h100"],
    ["rdma.acme.example", undefined],
  ]);
  const ask = (deviceClass: string) => ({ deviceClass, expressions: [] });

  it.each<[string, string[][], string[] | undefined]>([
    ["name a class", [["h100.acme.example"]], ["nvidia-h100"]],
    ["name what is no accelerator", [["rdma.acme.example"]], []],
    ["leave that out", [["rdma.acme.example"], ["h100.acme.example"]], ["nvidia-h100"]],
    ["do not name every class", [["h100.acme.example"], ["gpu.nvidia.com"]], undefined],
    ["hold for each alternative", [["h100.acme.example", "gpu.nvidia.com"]], undefined],
  ])("%s", (_what, requests, expected) => {
    expect(
      listClassesOfRequests(
        requests.map((request) => request.map(ask)),
        known,
      ),
    ).toEqual(expected);
  });

  it("NVIDIA's compute domains are no accelerators", () => {
    expect(listClassesOfRequests([[ask("compute-domain-default-channel.nvidia.com")]], new Map())).toEqual([]);
  });
});

describe("a claim's spec", () => {
  const cel = (expression: string) => ({ selectors: [{ cel: { expression } }] });
  it.each<[string, object]>([
    ["v1", { exactly: { deviceClassName: nvidia, ...cel(h100) } }],
    ["v1beta1", { deviceClassName: nvidia, ...cel(h100) }],
  ])("%s", (_version, request) => {
    expect(listRequests({ devices: { requests: [{ name: "gpu", ...request }] } }, "spec")).toEqual([
      [{ deviceClass: nvidia, expressions: [h100] }],
    ]);
  });

  it("may ask for some of a device's capacity, which tells no class", () => {
    const exactly = { deviceClassName: nvidia, ...cel(h100), capacity: { requests: { memory: "10Gi" } } };
    expect(
      listClassesOfRequests(listRequests({ devices: { requests: [{ name: "gpu", exactly }] } }, "spec"), new Map()),
    ).toBe(undefined);
  });

  it("may list alternatives", () => {
    const firstAvailable = [{ deviceClassName: "a" }, { deviceClassName: "b" }];
    expect(listRequests({ devices: { requests: [{ name: "gpu", firstAvailable }] } }, "spec")).toEqual([
      [
        { deviceClass: "a", expressions: [] },
        { deviceClass: "b", expressions: [] },
      ],
    ]);
  });
});
