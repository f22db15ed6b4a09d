import { assertEquals } from "@std/assert";
import type { StructType } from "../ffi/struct.ts";
import { tables } from "../ffi/uapi/_index.ts";
import { mapNamedFields, namedFields } from "./named_fields.ts";

/** Every field's path, through structures and what pointers to structures point to. */
function paths(type: StructType, before = ""): string[] {
  return type.layout.flatMap(({ name, field }) => {
    const path = before + name;
    if (field.kind === "nested") return [path, ...paths(field.struct, `${path}.`)];
    if (field.kind === "tail") return paths(field.struct, `${path}.`);
    const to = field.kind === "pointer" && typeof field.to === "object" ? field.to : undefined;
    return to === undefined ? [path] : [path, ...paths(to, `${path}.`)];
  });
}

const calls = tables.flatMap(({ ioctls }) => Object.values(ioctls));

/** Names of fields that differ from run to run in every driver that has them. */
const telling = /(^|\.)(fd2?|\w+_fd|memfd|timeout_n(s|sec)|deadline_ns|timestamp_ns)$/;

/** Calls whose time-out counts from the call, as it is written. */
const relative = new Set([
  "DRM_IOCTL_I915_GEM_WAIT",
  "DRM_IOCTL_V3D_WAIT_BO",
  "DRM_IOCTL_VC4_WAIT_BO",
  "DRM_IOCTL_VC4_WAIT_SEQNO",
]);

/** Descriptors for one type of the call alone: the same bytes are a number for its other types. */
const sometimes = new Set(["DRM_IOCTL_XE_MADVISE _anonymous.preferred_mem_loc.devmem_fd"]);

Deno.test("namedFields has every field of the tables that is a descriptor or a time by its name", () => {
  const missing = calls.flatMap(({ name, struct }) =>
    (struct === null ? [] : paths(struct)).filter((path) =>
      telling.test(path) && !relative.has(name) &&
      !namedFields[name]?.some((field) => field.path === path)
    ).map((path) => `${name} ${path}`)
  );
  assertEquals(missing.filter((field) => !sometimes.has(field)), []);
});

Deno.test("namedFields has every deadline of seconds and nanoseconds", () => {
  const missing = calls.flatMap(({ name, struct }) =>
    (struct === null ? [] : paths(struct)).filter((path) => path.endsWith(".tv_nsec"))
      .map((path) => path.slice(0, -".tv_nsec".length))
      .filter((path) => !namedFields[name]?.some((one) => one.path === path && one.isTimespec))
      .map((path) => `${name} ${path}`)
  );
  assertEquals(missing, []);
});

Deno.test("namedFields has every call that asks for a fake offset", () => {
  const missing = calls.map(({ name }) => name).filter((name) =>
    /_(MMAP_OFFSET|MMAP_BO|MAP_DUMB|VIRTGPU_MAP|QXL_MAP|GEM_MMAP|GET_BO_MMAP_OFFSET)$/.test(name) &&
    !namedFields[name]?.some(({ kind }) => kind === "fake offset")
  );
  assertEquals(missing, []);
});

Deno.test("namedFields names fields that the tables have", () => {
  const wrong = Object.entries(namedFields).flatMap(([name, fields]) => {
    const call = calls.find((definition) => definition.name === name);
    const known = call?.struct ? paths(call.struct) : [];
    return fields.filter(({ path }) => !known.includes(path)).map(({ path }) => `${name} ${path}`);
  });
  assertEquals(wrong, []);
});

Deno.test("mapNamedFields() reaches into lists and leaves the rest", () => {
  const data = { flags: 1, list: [{ memfd: 3, size: 4 }, { memfd: 5, size: 6 }] };
  assertEquals(
    mapNamedFields("UDMABUF_CREATE_LIST", data, (kind, value) => `${kind} ${value}`),
    {
      flags: 1,
      list: [{ memfd: "descriptor 3", size: 4 }, { memfd: "descriptor 5", size: 6 }],
    },
  );
  assertEquals(mapNamedFields("UDMABUF_CREATE", "hex:00", () => "x"), "hex:00");
  assertEquals(mapNamedFields(undefined, { fd: 1 }, () => "x"), { fd: 1 });
});

Deno.test("mapNamedFields() has a deadline of seconds and nanoseconds as one number", () => {
  const name = "DRM_IOCTL_ETNAVIV_GEM_CPU_PREP";
  const data = { handle: 1, timeout: { tv_sec: 2, tv_nsec: 5 } };
  assertEquals(mapNamedFields(name, data, (_, value) => value), data);
  assertEquals(mapNamedFields(name, data, (kind, value) => `${kind} ${value}`), {
    handle: 1,
    timeout: "deadline 2000000005",
  });
  const later = { handle: 1, timeout: "now+20ms" };
  assertEquals(mapNamedFields(name, later, () => "3000000007"), {
    handle: 1,
    timeout: { tv_sec: "3", tv_nsec: "7" },
  });
});
