import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, UsageError } from "../errors.ts";
import { adoptDmaBuf, allocateHeap, exportBuffer, importDmaBuf } from "./buffers.ts";
import { openDevice } from "./devices.ts";
import { Accessor, heldDmaBuf, mapObject, memoryOf, sizeOf } from "./maps.ts";
import { newBuffer, workspaceOn } from "./_test_kit.ts";

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
