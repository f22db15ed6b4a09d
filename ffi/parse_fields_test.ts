import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { IoctlDefinition } from "./ioctl.ts";
import type { JsonValue } from "./json.ts";
import type { Argument, Block } from "./kernel.ts";
import { parseFields, parseRequest } from "./parse_fields.ts";
import { type AnyValues, decode } from "./struct.ts";
import { dmaBuf } from "./uapi/dma_buf.ts";
import { drm } from "./uapi/drm.ts";
import { panfrost } from "./uapi/panfrost.ts";
import { panthor } from "./uapi/panthor.ts";
import { syncFile } from "./uapi/sync_file.ts";
import { udmabuf } from "./uapi/udmabuf.ts";
import { virtioGpu } from "./uapi/virtio_gpu.ts";

const { BO_CREATE, BO_SYNC, BO_SET_LABEL, DEV_QUERY, VM_BIND } = panthor.ioctls;

function block(argument: Argument): Block {
  assert(typeof argument !== "bigint", "wanted memory, not an address");
  return argument;
}

/** The values that a call's fields lead to. */
function values(definition: IoctlDefinition, fields: JsonValue): AnyValues {
  assert(definition.struct);
  return decode(definition.struct, block(parseFields(definition, fields))) as AnyValues;
}

/** The message of a mistake; every one begins with a capital. */
function mistake(
  definition: IoctlDefinition,
  fields: JsonValue,
  kind: typeof TypeError | typeof RangeError = TypeError,
): string {
  const { message } = assertThrows<Error>(() => parseRequest(definition, fields), kind);
  assert(/^[A-Z]/.test(message), message);
  return message;
}

Deno.test("parseFields() reads integers in every notation, sizes included", () => {
  const cases: [string | number, bigint][] = [
    ["64", 64n],
    ["0x40", 64n],
    ["0X1b", 27n],
    ["0o17", 15n],
    ["0b101", 5n],
    ["4KiB", 4096n],
    ["1M", 1n << 20n],
    ["2g", 2n << 30n],
    ["-1", 0xffff_ffff_ffff_ffffn],
    [" 7 ", 7n],
    [9, 9n],
  ];
  for (const [text, expected] of cases) {
    assertEquals(values(BO_CREATE, { size: text }).size, expected, String(text));
  }
  assertEquals(values(panfrost.ioctls.WAIT_BO, { timeout_ns: "-1" }).timeout_ns, -1n);
  assertEquals(values(drm.ioctls.PRIME_HANDLE_TO_FD, { fd: -1 }).fd, -1);
});

Deno.test("parseFields() reads flags by name, with as much of the C prefix as given", () => {
  const cases: [string, number][] = [
    ["WB_MMAP", 2],
    ["wb-mmap|no_mmap", 3],
    ["DRM_PANTHOR_BO_WB_MMAP", 2],
    ["bo_wb_mmap | 0x8", 10],
    ["0", 0],
  ];
  for (const [text, expected] of cases) {
    assertEquals(values(BO_CREATE, { flags: text }).flags, expected, text);
  }
  assertEquals(values(drm.ioctls.PRIME_HANDLE_TO_FD, { flags: "cloexec|rdwr" }).flags, 0x80002);
  assertEquals(values(dmaBuf.ioctls.SYNC, { flags: "END|RW" }).flags, 7n);
});

Deno.test("parseFields() reads values of enumerations by name", () => {
  assertEquals(values(drm.ioctls.GET_CAP, { capability: "prime" }).capability, 5n);
  assertEquals(
    values(panfrost.ioctls.GET_PARAM, { param: "SELECTED_COHERENCY" }).param,
    44,
  );
  assertEquals(
    values(virtioGpu.ioctls.GETPARAM, { param: "VIRTGPU_PARAM_3D_FEATURES" }).param,
    1n,
  );
});

Deno.test("parseFields() leaves what is not given 0", () => {
  assertEquals(block(parseFields(BO_CREATE, {})).bytes, new Uint8Array(24));
});

Deno.test("parseFields() reads structures behind a pointer and fills in count and stride", () => {
  const text = {
    ops: "[handle=1,type=flush,offset=0,size=64;handle=2,type=1,offset=0x40,size=4K]",
  };
  const json = {
    ops: [
      { handle: 1, type: "flush", offset: 0, size: 64 },
      { handle: 2, type: "FLUSH_AND_INVALIDATE", offset: 64, size: 4096 },
    ],
  };
  const braces = { ops: "[{handle=1, type=0, size=64}, {handle=2, type=1, offset=64, size=4096}]" };
  for (
    const fields of [text, json, braces, { "ops.array": json.ops }, { ops: { array: text.ops } }]
  ) {
    const argument = block(parseFields(BO_SYNC, fields));
    assertEquals(argument.bytes.subarray(0, 8).toHex(), "1800000002000000");
    const target = argument.refs?.[0]?.target;
    assertEquals(argument.refs?.[0]?.offset, 8);
    assert(target && typeof target !== "bigint");
    const type = panthor.structs.drm_panthor_bo_sync_op;
    assertEquals(target.bytes.length, 48);
    assertEquals(decode(type, target), { handle: 1, type: 0, offset: 0n, size: 64n });
    assertEquals(decode(type, target, 24), { handle: 2, type: 1, offset: 64n, size: 4096n });
  }
});

Deno.test("parseFields() believes a count and a stride that are given", () => {
  const two = values(BO_SYNC, { ops: "[handle=1]", "ops.count": "2" }).ops as AnyValues;
  assertEquals([two.count, two.stride], [2, 24]);
  // The kernel will read two elements: the second is zeroes, not somebody's memory.
  assertEquals((two.array as Block).bytes.length, 48);
  const wide = values(BO_SYNC, { "ops.stride": "32", ops: "[handle=1;handle=2]" }).ops as AnyValues;
  assertEquals((wide.array as Block).bytes.length, 64);
  assertEquals((wide.array as Block).bytes[32], 2);
  const short = values(BO_SYNC, { "ops.stride": "8", ops: "[handle=1,offset=9;handle=2]" });
  assertEquals(
    ((short.ops as AnyValues).array as Block).bytes.toHex(),
    "01000000000000000200000000000000",
  );
});

Deno.test("parseFields() does not allocate for a made-up count beyond 64 MiB", () => {
  const { ops, op_count } = values(panfrost.ioctls.SYNC_BO, {
    ops: "[handle=1]",
    op_count: "0xffffffff",
  });
  assertEquals(op_count, 0xffffffff);
  assertEquals((ops as Block).bytes.length, 16);
});

Deno.test("parseFields() keeps the references of structures behind a pointer", () => {
  const { ops } = values(VM_BIND, {
    vm_id: 1,
    flags: "async",
    ops: [{ flags: "TYPE_UNMAP|MAP_NOEXEC", syncs: "[flags=SIGNAL,handle=3]" }, { bo_handle: 2 }],
  });
  const target = (ops as AnyValues).array as Block;
  assertEquals(target.bytes.length, 96);
  assertEquals(target.refs?.map(({ offset }) => offset), [40]);
  const short = values(VM_BIND, { "ops.stride": 40, ops: [{ syncs: "[handle=3]" }] }).ops;
  assertEquals(((short as AnyValues).array as Block).refs, undefined);
  const op = decode(panthor.structs.drm_panthor_vm_bind_op, target);
  assertEquals(op.flags, 0x10000002);
  assertEquals((op.syncs as AnyValues).count, 1);
});

Deno.test("parseFields() passes null and raw addresses as they are", () => {
  for (const text of ["@null", "NULL", "0", null, 0]) {
    assertEquals(values(BO_SET_LABEL, { label: text }).label, 0n);
  }
  assertEquals(values(BO_SET_LABEL, { label: "@0xdead0000" }).label, 0xdead0000n);
  const { ops } = values(BO_SYNC, { ops: "@0x10", "ops.count": "1", "ops.stride": "24" });
  assertEquals((ops as AnyValues).array, 0x10n);
});

Deno.test("parseFields() reads texts, with a NUL behind them that does not count", () => {
  const label = (text: string): string =>
    new TextDecoder().decode((values(BO_SET_LABEL, { label: text }).label as Block).bytes);
  assertEquals(label("scan out"), "scan out\0");
  assertEquals(label('"@null"'), "@null\0");
  assertEquals(label('"a\\x01\\n\\"\\\\"'), 'a\x01\n"\\\0');
  assertEquals(label("größe"), "größe\0");
  const named = values(drm.ioctls.SET_CLIENT_NAME, { name: "boctl" });
  assertEquals([named.name_len, (named.name as Block).bytes.length], [5n, 6]);
  const explicit = values(drm.ioctls.SET_CLIENT_NAME, { name: "boctl", name_len: 6 });
  assertEquals(explicit.name_len, 6n);
});

Deno.test("parseFields() provides buffers for the kernel to fill, and says their length", () => {
  const version = values(drm.ioctls.VERSION, { name: "buffer:64", desc: "buffer:1KiB" });
  assertEquals([version.name_len, version.date_len, version.desc_len], [64n, 0n, 1024n]);
  assertEquals((version.name as Block).bytes, new Uint8Array(64));
  assertEquals(version.date, 0n);
  const resources = values(drm.ioctls.MODE_GETRESOURCES, { crtc_id_ptr: "buffer:16" });
  assertEquals(resources.count_crtcs, 4);
});

Deno.test("parseFields() reads bytes, numbers behind pointers, and fixed arrays", () => {
  const query = values(DEV_QUERY, { type: "gpu_info", pointer: "hex:00ff 10" });
  assertEquals([query.size, (query.pointer as Block).bytes.toHex()], [3, "00ff10"]);
  const wait = values(drm.ioctls.SYNCOBJ_WAIT, { handles: "[1, 0x2]" });
  assertEquals([wait.count_handles, (wait.handles as Block).bytes.toHex()], [
    2,
    "0100000002000000",
  ]);
  const fb = values(drm.ioctls.MODE_ADDFB2, { handles: [7], modifier: ["0x100000000000001"] });
  assertEquals(fb.handles, [7n, 0n, 0n, 0n]);
  assertEquals((fb.modifier as bigint[])[0], 0x100000000000001n);
  const merge = values(syncFile.ioctls.MERGE, { name: "both" }).name as bigint[];
  assertEquals(merge.slice(0, 5), [0x62n, 0x6fn, 0x74n, 0x68n, 0n]);
});

Deno.test("parseFields() reads a flexible array and its count", () => {
  const argument = block(
    parseFields(udmabuf.ioctls.CREATE_LIST, {
      flags: "cloexec",
      list: "[memfd=3,size=4KiB;memfd=4,offset=4KiB,size=8KiB]",
    }),
  );
  assertEquals(argument.bytes.length, 8 + 2 * 24);
  assertEquals(decode(udmabuf.structs.udmabuf_create_list, argument).count, 2);
});

Deno.test("parseFields() reads embedded structures by path and as records", () => {
  const { TRANSFER_TO_HOST } = virtioGpu.ioctls;
  const byPath = values(TRANSFER_TO_HOST, { "box.w": 1, "box.h": "2" });
  assertEquals(byPath, values(TRANSFER_TO_HOST, { box: "{w=1, h=2}" }));
  assertEquals((byPath.box as AnyValues).h, 2);
});

Deno.test("parseFields() reads the arguments of calls without a structure", () => {
  assertEquals(
    block(parseFields(drm.ioctls.MODE_RMFB, { argument: "3" })).bytes.toHex(),
    "03000000",
  );
  const name = block(parseFields(dmaBuf.ioctls.SET_NAME, { argument: "frame" }));
  assertEquals(name.bytes.toHex(), "6672616d6500");
  assertEquals(block(parseFields(dmaBuf.ioctls.SET_NAME, "frame")), name);
  assertEquals(parseFields(dmaBuf.ioctls.SET_NAME, { argument: "@0x1" }), 1n);
  assertEquals(parseFields(drm.ioctls.SET_MASTER, {}), 0n);
  assertStringIncludes(mistake(drm.ioctls.SET_MASTER, { handle: "1" }), "takes no argument");
  assertStringIncludes(mistake(drm.ioctls.MODE_RMFB, { fb_id: "1" }), `it takes "argument=…"`);
  assertStringIncludes(mistake(drm.ioctls.MODE_RMFB, {}), `wants "argument=…"`);
});

Deno.test("parseFields() takes the whole argument raw", () => {
  const bytes = "00100000000000000200000000000000" + "0000000000000000";
  assertEquals(block(parseFields(BO_CREATE, { raw: `hex:${bytes}` })).bytes.toHex(), bytes);
  assertEquals(parseFields(BO_CREATE, { raw: "@null" }), 0n);
  assertEquals(parseFields(BO_CREATE, { raw: "@0x1000" }), 0x1000n);
  assertStringIncludes(
    mistake(BO_CREATE, { raw: "hex:00", size: 1 }),
    `"size" cannot stand beside`,
  );
  assertStringIncludes(mistake(BO_CREATE, { raw: "0102" }), `wanted "hex:…"`);
});

Deno.test("parseFields() gives no memory shorter than what the kernel copies", () => {
  const message = mistake(BO_CREATE, { raw: "hex:00112233" }, RangeError);
  assertStringIncludes(message, "has 4 bytes, DRM_IOCTL_PANTHOR_BO_CREATE takes 24");
});

Deno.test("parseRequest() makes the argument longer or shorter and says so in the code", () => {
  const { code } = BO_CREATE;
  assertEquals(parseRequest(BO_CREATE, { size: 1 }).code, code);
  const short = parseRequest(BO_CREATE, { size: "4KiB", flags: 2, "@size": "8" });
  assertEquals(short.code, 0xc0086445);
  assertEquals(block(short.argument).bytes.toHex(), "0010000000000000");
  const long = parseRequest(BO_SYNC, { ops: "[handle=1]", "@size": "32" });
  assertEquals(long.code, 0xc020644f);
  assertEquals(block(long.argument).bytes.length, 32);
  assertEquals(block(long.argument).refs?.[0]?.offset, 8);
  // A pointer that is cut away is not followed.
  const cut = parseRequest(BO_SYNC, { ops: "[handle=1]", "@size": "8" });
  assertEquals(block(cut.argument).refs, undefined);
  assertEquals(
    block(parseRequest(BO_CREATE, { raw: "hex:0011", "@size": 2 }).argument).bytes.length,
    2,
  );
  assertStringIncludes(mistake(BO_CREATE, { "@size": "16KiB" }, RangeError), "14 bits");
});

Deno.test("parseRequest() does not cut what stands behind the size in the code", () => {
  const { CREATE_LIST } = udmabuf.ioctls;
  const list = parseRequest(CREATE_LIST, { list: "[memfd=3]", "@size": 4 });
  assertEquals(block(list.argument).bytes.length, 32);
  const name = parseRequest(dmaBuf.ioctls.SET_NAME, { argument: "frame", "@size": 4 });
  assertEquals([name.code, block(name.argument).bytes.length], [dmaBuf.ioctls.SET_NAME_A.code, 6]);
});

Deno.test("a mistake in a name says the nearest and all that there are", () => {
  assertEquals(
    mistake(BO_CREATE, { flag: "1" }),
    `Structure drm_panthor_bo_create has no field "flag". Did you mean "flags"? ` +
      `It has size, flags, exclusive_vm_id, handle, pad`,
  );
  assertEquals(
    mistake(BO_SYNC, { ops: "[handle=1;hande=2]" }),
    `Structure drm_panthor_bo_sync_op ("ops.array[1]") has no field "hande". Did you mean ` +
      `"handle"? It has handle, type, offset, size`,
  );
  assertEquals(
    mistake(BO_CREATE, { flags: "WB_MAP" }),
    `Field "flags" has no name "WB_MAP". Did you mean "WB_MMAP"? It knows NO_MMAP, WB_MMAP, and numbers`,
  );
  assertEquals(
    mistake(BO_CREATE, { size: "big" }),
    `Field "size" is "big": wanted a number, it has no names`,
  );
  assertStringIncludes(mistake(BO_CREATE, { constructor: "1" }), `no field "constructor"`);
});

Deno.test("a value that does not fit is refused with the bits", () => {
  assertEquals(
    mistake(BO_CREATE, { handle: "0x100000000" }, RangeError),
    `Field "handle" has 32 bits: "4294967296" does not fit`,
  );
  assertStringIncludes(mistake(BO_CREATE, { size: "0x10000000000000000" }, RangeError), "64 bits");
  assertStringIncludes(mistake(BO_CREATE, { handle: -2147483649 }, RangeError), "32 bits");
  const list = { handles: "[1,2,3,4,5]" };
  assertStringIncludes(mistake(drm.ioctls.MODE_ADDFB2, list, RangeError), "holds 4 values, not 5");
  const name = { name: "x".repeat(33) };
  assertStringIncludes(mistake(syncFile.ioctls.MERGE, name, RangeError), "holds 32 values, not 33");
  assertStringIncludes(mistake(DEV_QUERY, { pointer: "buffer:1g" }, RangeError), "at most");
});

Deno.test("a value of another shape is refused with what was wanted", () => {
  const cases: [IoctlDefinition, JsonValue, string][] = [
    [BO_CREATE, { size: 1.5 }, "wanted an integer"],
    [BO_CREATE, { size: 2 ** 60 }, "beyond 2^53 it is to be a string"],
    [BO_CREATE, { size: true }, `Field "size" is true: wanted an integer`],
    [BO_CREATE, { size: [1] }, "wanted an integer"],
    [BO_CREATE, [1], `wanted "{size=1,flags=1,…}"`],
    [BO_SYNC, { ops: "[handle=1,type=flush|1]" }, "wanted one value, not several"],
    [BO_SYNC, { ops: "x" }, `wanted structures such as "[handle=1,type=1;…]"`],
    [BO_SYNC, { ops: "[handle=1" }, `Wanted "," or ";" or "]" at the end`],
    [BO_SYNC, { ops: "[{handle=1]" }, `Wanted "," or "}"`],
    [BO_SYNC, { ops: "[handle=1]]" }, `Wanted nothing more at "]"`],
    [BO_SYNC, { ops: "@here" }, `wanted "@null" or "@0xADDRESS"`],
    [BO_SET_LABEL, { label: [1] }, "wanted a text"],
    [BO_SET_LABEL, { label: '"open' }, "do not fit together"],
    [BO_SET_LABEL, { label: '"\\q"' }, "is unknown: wanted"],
    [DEV_QUERY, { pointer: "hex:0g" }, "pairs of hexadecimal digits"],
    [DEV_QUERY, { pointer: "buffer:much" }, `wanted "buffer:SIZE"`],
    [drm.ioctls.SYNCOBJ_WAIT, { handles: "1" }, `wanted numbers such as "[1,2]"`],
    [drm.ioctls.MODE_ADDFB2, { handles: "1" }, `wanted a list such as "[1,2]"`],
    [drm.ioctls.SYNCOBJ_QUERY, { handles: "[1,2]", points: "[1]" }, `"count_handles=…" as well`],
    [virtioGpu.ioctls.TRANSFER_TO_HOST, { box: "1" }, `"{x=1,y=1,…}" or "box.x=…"`],
  ];
  for (const [definition, fields, expected] of cases) {
    assertStringIncludes(mistake(definition, fields), expected);
  }
});
