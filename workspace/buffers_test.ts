import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, NoDevice, UsageError } from "../errors.ts";
import {
  adoptDmaBuf,
  allocateHeap,
  allocateUdmabuf,
  exportBuffer,
  importDmaBuf,
} from "./buffers.ts";
import { openDevice } from "./devices.ts";
import { memoryOf } from "./maps.ts";
import { Workspace } from "./workspace.ts";
import { kernelOf, newBuffer, workspaceOn } from "./_test_kit.ts";

const shared = { rdwr: true, cloexec: true };

Deno.test("a re-import is the same handle of the same memory, by another name", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { on: "vgem", as: "a" });
  const db = exportBuffer(workspace, a, shared, "db");
  const panthor = await openDevice(workspace, "panthor");
  const [b, c] = [importDmaBuf(workspace, db, panthor), importDmaBuf(workspace, db, panthor)];
  assertEquals([b.handle, b.imported, c.handle, c.imported], [1, true, 1, true]);
  assertEquals([...panthor.handles.get(1) ?? []], [b.name, c.name]);
  assertEquals(memoryOf(workspace, c), memoryOf(workspace, a));
  assertEquals(b.importedFrom?.fd === c.importedFrom?.fd, false, "each has its own descriptor");
  workspace.close();
});

Deno.test("an import of one's own buffer is the buffer, not an import", async () => {
  for (const on of ["panthor", "vgem"]) {
    const { workspace, books } = workspaceOn("panthor");
    const a = await newBuffer(workspace, { on, as: "a" });
    const db = exportBuffer(workspace, a, shared, "db");
    const b = importDmaBuf(workspace, db, a.device, "b");
    assertEquals([b.handle, b.imported], [a.handle, false], on);
    workspace.release(a);
    const c = importDmaBuf(workspace, db, a.device, "c");
    assertEquals([c.handle, c.imported], [b.handle, false], on);
    workspace.close();
    assertEquals(books.leaks(), []);
  }
});

Deno.test("importDmaBuf() leaves nothing where the importer refuses", async () => {
  const { workspace, books } = workspaceOn("qemu");
  const db = exportBuffer(workspace, await newBuffer(workspace, { on: "vgem" }), shared);
  const bochs = await openDevice(workspace, "bochs-drm");
  const before = books.leaks();
  assertThrows(() => importDmaBuf(workspace, db, bochs), KernelRefusal, "EINVAL");
  assertEquals(books.leaks(), before);
  assertEquals(bochs.handles.size, 0);
  workspace.close();
});

Deno.test("names are checked before the first call is made", async () => {
  const { workspace, books } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { as: "a" });
  const db = exportBuffer(workspace, a, shared, "db");
  const before = books.leaks();
  for (const name of ["a", "1"]) {
    assertThrows(() => exportBuffer(workspace, a, shared, name), UsageError);
    assertThrows(() => importDmaBuf(workspace, db, a.device, name), UsageError);
    assertThrows(() => allocateHeap(workspace, "system", 4096n, shared, name), UsageError);
    assertThrows(() => allocateUdmabuf(workspace, 4096n, shared, name), UsageError);
  }
  assertEquals(books.leaks(), before);
  workspace.close();
});

Deno.test("exportBuffer() tells the mode that was got: the first export fixes it", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { as: "a" });
  const modes = [false, true].map((rdwr) =>
    exportBuffer(workspace, a, { rdwr, cloexec: true }).facts.mode
  );
  assertEquals(modes, ["ro", "ro"]);
  const events = workspace.journal.events.flatMap((event) =>
    event.kind === "export" ? [[event.askedRdwr, event.mode, event.first]] : []
  );
  assertEquals(events, [[false, "ro", true], [true, "ro", false]]);
  workspace.close();
});

Deno.test("allocateHeap() says which heaps there are, or that there are none", () => {
  const { workspace } = workspaceOn("panthor");
  const missing = assertThrows(
    () => allocateHeap(workspace, "nosuch", 4096n, shared),
    NoDevice,
    "/dev/dma_heap/nosuch: ENOENT: there is no such node",
  );
  assertEquals(missing.hint, "There are: system.");
  workspace.close();
  const { workspace: bare } = workspaceOn("qemu-arm64");
  const none = assertThrows(() => allocateHeap(bare, "system", 4096n, shared), NoDevice);
  assertEquals(none.hint, "This kernel has no dma-heaps (CONFIG_DMABUF_HEAPS).");
  bare.close();
});

Deno.test("an ordinary user is told which group may use heaps and udmabuf", () => {
  const workspace = new Workspace(kernelOf("panthor", { uid: 1000 }));
  for (
    const allocate of [
      () => allocateHeap(workspace, "system", 4096n, shared),
      () => allocateUdmabuf(workspace, 4096n, shared),
    ]
  ) {
    const error = assertThrows(allocate, NoDevice, "EACCES: you may not open it (mode 0600");
    assertEquals(error.hint?.startsWith("Run as root"), true);
  }
  workspace.close();
});

Deno.test("adoptDmaBuf() holds a bare descriptor, and closes what is no dma-buf", () => {
  const { workspace, books } = workspaceOn("panthor");
  const db = allocateHeap(workspace, "system", 4096n, shared);
  const copy = workspace.kernel.dup(db.fd);
  const adopted = adoptDmaBuf(workspace, copy, "dup", "copy");
  assertEquals([adopted.fd, adopted.origin, adopted.from], [copy, "dup", "descriptor"]);
  assertEquals(memoryOf(workspace, adopted), memoryOf(workspace, db));
  const other = workspace.kernel.open("/dev/null", 2);
  assertThrows(() => adoptDmaBuf(workspace, other, "open"), KernelRefusal, "it is not a dma-buf");
  workspace.close();
  assertEquals(books.leaks(), []);
});
