import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkedCall } from "../drivers/driver.ts";
import { KernelRefusal, UsageError } from "../errors.ts";
import { xe } from "../ffi/uapi/xe.ts";
import { kernelWith } from "../sim/_test_kit.ts";
import { adoptDmaBuf, allocateHeap, exportBuffer, importDmaBuf } from "./buffers.ts";
import { openDevice } from "./devices.ts";
import { Accessor, heldDmaBuf, mapObject, memoryOf, sizeOf } from "./maps.ts";
import { newBuffer, workspaceOn } from "./_test_kit.ts";
import { Workspace } from "./workspace.ts";

const writable = { writable: true, via: "dma-buf" } as const;

Deno.test("mapObject() maps a buffer through its node and a dma-buf through itself", async () => {
  const { workspace, books } = workspaceOn("panthor");
  const buffer = await newBuffer(workspace, { size: 5000n });
  const node = mapObject(workspace, buffer, { writable: true, via: "node" });
  assertEquals([node.name, node.of, node.via, node.mapping.length], ["map1", "bo1", "node", 8192]);
  assertEquals(node.dmaBuf, undefined);
  const db = exportBuffer(workspace, buffer, { rdwr: true, cloexec: true });
  const map = mapObject(workspace, db, writable, "m");
  assertEquals([map.name, map.dmaBuf?.name, sizeOf(map)], ["m", "db1", 8192]);
  assertEquals(memoryOf(workspace, map), memoryOf(workspace, buffer));

  new Accessor(workspace, node).write(4095, Uint8Array.of(1, 2));
  assertEquals([...new Accessor(workspace, map).read(4095, 2)], [1, 2]);
  for (const { mapping } of [node, map]) mapping.unmap();
  workspace.close();
  assertEquals(books.leaks(), []);
});

Deno.test("mapObject() says how to map what has no dma-buf, or no node", async () => {
  const { workspace, books } = workspaceOn("panthor");
  const buffer = await newBuffer(workspace);
  const error = assertThrows(() => mapObject(workspace, buffer, writable), UsageError);
  assertEquals(error.message, '"bo1" has no dma-buf to be mapped through');
  assertEquals(
    error.hint,
    "Export it and map the result: export bo1 --rdwr --as db , mmap db …",
  );
  const db = exportBuffer(workspace, buffer, { rdwr: true, cloexec: true });
  assertThrows(
    () => mapObject(workspace, db, { writable: false, via: "node" }),
    UsageError,
    '"db1" is a dma-buf: it has no node to be mapped through',
  );
  assertEquals(books.leaks().filter((line) => line.startsWith("mapping")), []);
  workspace.close();
});

Deno.test("mapObject() says why a read-only dma-buf is not mapped for writing", async () => {
  const { workspace } = workspaceOn("panthor");
  const buffer = await newBuffer(workspace);
  const db = exportBuffer(workspace, buffer, { rdwr: false, cloexec: true });
  assertThrows(
    () => mapObject(workspace, db, writable),
    KernelRefusal,
    "mmap on db1: EACCES: the dma-buf is read-only: its first export was made without --rdwr",
  );
  const map = workspace.journal.events.findLast((event) => event.kind === "map");
  assertEquals([map?.kind === "map" && map.errno, map?.kind === "map" && map.mode], [13, "ro"]);
  workspace.close();
});

Deno.test("an Accessor tells the first byte that cannot be touched", () => {
  const { workspace } = workspaceOn("panthor");
  const db = allocateHeap(workspace, "system", 4096n, { rdwr: true, cloexec: true });
  const map = mapObject(workspace, db, { writable: false, via: "dma-buf" });
  const access = new Accessor(workspace, map);
  assertThrows(
    () => access.write(16, Uint8Array.of(1)),
    KernelRefusal,
    "write at 0x10 on db1: EFAULT: the mapping is read-only",
  );
  assertThrows(() => [...access.fillPieces(0, 4, 0)], KernelRefusal, "fill at 0x0 on db1: EFAULT");
  map.mapping.unmap();
  workspace.close();
});

Deno.test("an Accessor reads any length in pieces, and notes it once", () => {
  const { workspace } = workspaceOn("panthor");
  const size = (4 << 20) + 4096;
  const db = allocateHeap(workspace, "system", BigInt(size), { rdwr: true, cloexec: true });
  const map = mapObject(workspace, db, writable);
  const lengths = [...new Accessor(workspace, map).pieces(0, size)].map(({ length }) => length);
  assertEquals(lengths, [4 << 20, 4096]);
  const reads = workspace.journal.events.filter((event) => event.kind === "cpu");
  assertEquals(reads.map((event) => event.kind === "cpu" && event.range.length), [size]);
  map.mapping.unmap();
  workspace.close();
});

Deno.test("heldDmaBuf() does not take another file for the dma-buf that was closed", async () => {
  const { workspace } = workspaceOn("panthor");
  const buffer = await newBuffer(workspace);
  const db = exportBuffer(workspace, buffer, { rdwr: true, cloexec: true }, "db");
  const map = workspace.hold(mapObject(workspace, db, writable, "m"));
  assertEquals(heldDmaBuf(workspace, map)?.fd, db.fd);
  workspace.release(db);
  const other = allocateHeap(workspace, "system", 4096n, { rdwr: true, cloexec: true });
  const again = adoptDmaBuf(workspace, workspace.kernel.dup(other.fd), "dup");
  assertEquals(again.fd, db.fd, "the number is used again");
  assertEquals(heldDmaBuf(workspace, map), undefined);
  workspace.close();
});

Deno.test("heldDmaBuf() finds an import's own descriptor after the dma-buf was closed", async () => {
  const { workspace } = workspaceOn("panthor");
  const buffer = await newBuffer(workspace);
  const db = exportBuffer(workspace, buffer, { rdwr: true, cloexec: true }, "db");
  const vgem = await openDevice(workspace, "vgem");
  const imported = importDmaBuf(workspace, db, vgem);
  workspace.release(db);
  const map = mapObject(workspace, imported, writable);
  assertEquals(heldDmaBuf(workspace, map)?.fd, imported.importedFrom?.fd);
  map.mapping.unmap();
  workspace.close();
});

Deno.test("mapObject() says of xe that what is not needed, or purged, is not mapped", async () => {
  for (const [purges, reason] of [[0n, "EBUSY: MADVISE said"], [1n, "EINVAL: it was purged"]]) {
    const kernel = kernelWith("xe-laptop", { registers: { purges: BigInt(purges ?? 0n) } });
    const workspace = new Workspace(kernel, undefined, () => {});
    const buffer = await newBuffer(workspace, { size: 8192n });
    const { device, handle } = buffer;
    const { vm_id } = checkedCall(device, xe.ioctls.VM_CREATE, {});
    const bind = { obj: handle, range: 8192n, addr: 4096n };
    checkedCall(device, xe.ioctls.VM_BIND, { vm_id, num_binds: 1, _anonymous: { bind } });
    const unneeded = { vm_id, start: 4096n, range: 4096n, type: 3 };
    const _anonymous = { purge_state_val: { val: 1 } };
    checkedCall(device, xe.ioctls.MADVISE, { ...unneeded, _anonymous });
    const map = (start: number): unknown =>
      mapObject(workspace, buffer, { writable: true, via: "node", start });
    const error = assertThrows(() => map(0), KernelRefusal);
    assertStringIncludes(error.message, `mmap on bo1: ${reason}`);
    // No offset but a buffer's own is one, whatever became of its pages.
    assertEquals(assertThrows(() => map(4096), KernelRefusal).message, "mmap on bo1: EINVAL");
    workspace.close();
  }
});
