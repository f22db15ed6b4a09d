import { assert, assertEquals } from "@std/assert";
import { describe, formatFields } from "./describe.ts";
import type { IoctlDefinition } from "./ioctl.ts";
import type { JsonValue } from "./json.ts";
import type { Argument } from "./kernel.ts";
import { parseFields } from "./parse_fields.ts";
import { encode, store } from "./struct.ts";
import { tables } from "./uapi/_index.ts";
import { dmaBuf } from "./uapi/dma_buf.ts";
import { drm } from "./uapi/drm.ts";
import { panfrost } from "./uapi/panfrost.ts";
import { panthor } from "./uapi/panthor.ts";
import { udmabuf } from "./uapi/udmabuf.ts";

const { BO_CREATE, BO_SYNC, BO_SET_LABEL, DEV_QUERY, VM_BIND } = panthor.ioctls;

function text(definition: IoctlDefinition, fields: JsonValue): string {
  return formatFields(definition, parseFields(definition, fields));
}
function json(definition: IoctlDefinition, fields: JsonValue): JsonValue {
  return describe(definition, parseFields(definition, fields));
}

Deno.test("formatFields() shows a structure as strace does", () => {
  assertEquals(
    text(BO_CREATE, { size: 4096, flags: 2, handle: 1 }),
    "{size=4096, flags=WB_MMAP, exclusive_vm_id=0, handle=1, pad=0}",
  );
  assertEquals(
    text(drm.ioctls.PRIME_HANDLE_TO_FD, { handle: 1, flags: "RDWR|CLOEXEC", fd: -1 }),
    "{handle=1, flags=RDWR|CLOEXEC, fd=-1}",
  );
});

Deno.test("formatFields() follows pointers to what they point to", () => {
  assertEquals(
    text(BO_SYNC, { ops: "[handle=1,size=64;handle=2,type=1]" }),
    "{ops={stride=24, count=2, array=[{handle=1, type=FLUSH, offset=0, size=64}, " +
      "{handle=2, type=FLUSH_AND_INVALIDATE, offset=0, size=0}]}}",
  );
  assertEquals(
    text(drm.ioctls.SYNCOBJ_RESET, { handles: [3, 4] }),
    "{handles=[3, 4], count_handles=2, pad=0}",
  );
});

Deno.test("formatFields() steps through structures by the stride that was passed", () => {
  const shown = text(BO_SYNC, { "ops.stride": 32, ops: "[handle=1;handle=2]" });
  assert(shown.includes("stride=32, count=2, array=[{handle=1,"), shown);
  assert(shown.includes("{handle=2,"), shown);
});

Deno.test("formatFields() shows null, raw addresses and whole arguments that are none", () => {
  assertEquals(text(BO_SET_LABEL, { label: null }), "{handle=0, pad=0, label=NULL}");
  assertEquals(text(BO_SET_LABEL, { label: "@0xdead" }), "{handle=0, pad=0, label=@0xdead}");
  assertEquals(formatFields(BO_CREATE, 0n), "NULL");
  assertEquals(formatFields(BO_CREATE, 0x1000n), "@0x1000");
  assertEquals(formatFields(drm.ioctls.SET_MASTER, 0n), "0");
  assertEquals(text(drm.ioctls.MODE_RMFB, { argument: 3 }), "3");
  assertEquals(text(dmaBuf.ioctls.SET_NAME, { argument: "frame" }), '"frame"');
});

Deno.test("formatFields() names what it can and shows the other bits as a number", () => {
  assertEquals(text(dmaBuf.ioctls.SYNC, { flags: 1 }), "{flags=START|READ}");
  assertEquals(text(dmaBuf.ioctls.SYNC, { flags: 7 }), "{flags=END|RW}");
  assertEquals(text(dmaBuf.ioctls.SYNC, { flags: 0x11 }), "{flags=READ|0x10}");
  const create = (flags: number): string => text(BO_CREATE, { flags }).split(", ")[1] ?? "";
  assertEquals(create(0), "flags=0");
  assertEquals(create(0x80000003), "flags=NO_MMAP|WB_MMAP|0x80000000");
  assertEquals(create(0x80), "flags=0x80");
  assertEquals(
    text(panfrost.ioctls.MADVISE, { madv: 7 }),
    "{handle=0, madv=7, retained=0}",
  );
  const bind = text(VM_BIND, { ops: [{ flags: 0x10000001, syncs: [{ flags: 0x80000001 }] }] });
  assert(bind.includes("flags=TYPE_UNMAP|MAP_READONLY,"), bind);
  assert(bind.includes("flags=HANDLE_TYPE_TIMELINE_SYNCOBJ|SIGNAL,"), bind);
});

Deno.test("formatFields() lets no text move the cursor or forge a line", () => {
  assertEquals(
    text(BO_SET_LABEL, { label: '"\\x1b[2J\\n\\"\\\\ä"' }),
    '{handle=0, pad=0, label="\\x1b[2J\\x0a\\"\\\\\\xc3\\xa4"}',
  );
});

Deno.test("formatFields() cuts what is long and says how much is left out", () => {
  assertEquals(
    text(BO_SET_LABEL, { label: "x".repeat(100) }),
    `{handle=0, pad=0, label="${"x".repeat(96)}"…(+4 bytes)}`,
  );
  assertEquals(
    text(drm.ioctls.MODE_CREATEPROPBLOB, { data: "buffer:40" }),
    `{data=hex:${"00".repeat(32)}…(+8 bytes), length=40, blob_id=0}`,
  );
  assertEquals(
    text(drm.ioctls.SYNCOBJ_RESET, { handles: "buffer:72" }),
    `{handles=[${"0, ".repeat(16)}…(+2 more)], count_handles=18, pad=0}`,
  );
});

Deno.test("describe() shows integers as numbers to 2^53 and as decimal strings beyond", () => {
  assertEquals(json(BO_CREATE, { size: "0x1fffffffffffff", flags: "wb-mmap", handle: 7 }), {
    size: Number.MAX_SAFE_INTEGER,
    flags: { raw: 2, names: ["WB_MMAP"] },
    exclusive_vm_id: 0,
    handle: 7,
    pad: 0,
  });
  const large = json(BO_CREATE, { size: "0x20000000000000" }) as { size: JsonValue };
  assertEquals(large.size, "9007199254740992");
});

Deno.test("describe() shows pointers as what they point to, null, or a hexadecimal address", () => {
  assertEquals(json(BO_SYNC, { ops: [{ handle: 1, size: 64 }] }), {
    ops: {
      stride: 24,
      count: 1,
      array: [{ handle: 1, type: { raw: 0, names: ["FLUSH"] }, offset: 0, size: 64 }],
    },
  });
  assertEquals(json(BO_SET_LABEL, {}), { handle: 0, pad: 0, label: null });
  assertEquals(json(BO_SET_LABEL, { label: "@0x10" }), { handle: 0, pad: 0, label: "0x10" });
  assertEquals(json(BO_SET_LABEL, { label: "front" }), { handle: 0, pad: 0, label: "front" });
  assertEquals(describe(BO_CREATE, 0xdeadn), "0xdead");
});

Deno.test("describe() shows of an output text what the kernel says it wrote", () => {
  const argument = parseFields(drm.ioctls.VERSION, { name: "buffer:16" });
  assert(typeof argument !== "bigint");
  const name = argument.refs?.[0]?.target;
  assert(name && typeof name !== "bigint");
  name.bytes.set(new TextEncoder().encode("panthorXXX"));
  store(drm.structs.drm_version, argument, { version_major: 1, version_minor: 8, name_len: 7n });
  const { name: shown } = describe(drm.ioctls.VERSION, argument) as { name: JsonValue };
  assertEquals(shown, "panthor");
  // The true length may exceed the buffer.
  store(drm.structs.drm_version, argument, { name_len: 100n });
  const { name: all } = describe(drm.ioctls.VERSION, argument) as { name: JsonValue };
  assertEquals(all, "panthorXXX");
});

Deno.test("describe() takes a query's answer apart by what was asked", () => {
  const info = encode(panthor.structs.drm_panthor_gpu_info, {
    gpu_id: 0xa867,
    selected_coherency: 31,
  });
  const argument = encode(panthor.structs.drm_panthor_dev_query, {
    type: 0,
    size: 112,
    pointer: info,
  });
  const shown = describe(DEV_QUERY, argument) as { pointer: Record<string, JsonValue> };
  assertEquals(shown.pointer.gpu_id, 0xa867);
  assertEquals(shown.pointer.selected_coherency, { raw: 31, names: ["NONE"] });
  const unknown = encode(panthor.structs.drm_panthor_dev_query, {
    type: 99,
    size: 2,
    pointer: info,
  });
  assertEquals((describe(DEV_QUERY, unknown) as { pointer: JsonValue }).pointer, "hex:67a8");
});

Deno.test("describe() and formatFields() survive arguments that are too short or lie", () => {
  assertEquals(formatFields(BO_CREATE, { bytes: Uint8Array.of(1) }).slice(0, 7), "{size=1");
  const lie = encode(panfrost.structs.drm_panfrost_sync_bo, {
    ops: { bytes: new Uint8Array(20) },
    op_count: 0xffffffff,
  });
  const { ops } = describe(panfrost.ioctls.SYNC_BO, lie) as { ops: JsonValue[] };
  assertEquals(ops.length, 2);
  const list = { bytes: new Uint8Array([0, 0, 0, 0, 255, 255, 255, 255, 1]) };
  assertEquals(
    formatFields(udmabuf.ioctls.CREATE_LIST, list),
    "{flags=0, count=4294967295, list=[]}",
  );
});

/** An argument of a call with something in every field, pointers included. */
function filled(definition: IoctlDefinition): Argument {
  const { struct } = definition;
  if (!struct) return parseFields(definition, definition.plain === "none" ? {} : "1");
  const bytes = Uint8Array.from({ length: struct.size }, (_, i) => (i * 37 + 11) & 0x7f);
  const blank = parseFields(definition, { raw: `hex:${bytes.toHex()}` });
  const fields = describe(definition, blank) as Record<string, JsonValue>;
  for (const { name, field } of struct.layout) {
    if (field.kind !== "pointer") continue;
    fields[name] = field.to === "string" ? "a text" : "buffer:96";
    if (field.count !== undefined) delete fields[field.count];
  }
  try {
    return parseFields(definition, fields);
  } catch (error) {
    // Arrays of other sizes with one count between them.
    if (!(error instanceof TypeError) || !error.message.includes("another array")) throw error;
    return blank;
  }
}

for (const table of tables) {
  Deno.test(`${table.name}: parseFields() takes back what describe() makes of every call`, () => {
    for (const definition of Object.values(table.ioctls)) {
      const argument = filled(definition);
      const shown = describe(definition, argument);
      assertEquals(JSON.parse(JSON.stringify(shown)), shown, definition.name);
      assertEquals(describe(definition, parseFields(definition, shown)), shown, definition.name);
      const line = formatFields(definition, argument);
      assert(!line.includes("undefined"), line);
      if (definition.struct && !line.includes("…")) {
        assertEquals(formatFields(definition, parseFields(definition, line)), line);
      }
    }
  });
}
