import { assertEquals, assertThrows } from "@std/assert";
import { KernelRefusal, UsageError } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { closeHandle } from "../drivers/gem.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { exportBuffer, importDmaBuf } from "./buffers.ts";
import { mapObject } from "./maps.ts";
import { Workspace } from "./workspace.ts";
import { kernelOf, newBuffer, workspaceOn } from "./_test_kit.ts";

Deno.test("nameFor() hands out the next free name of a kind", async () => {
  const { workspace } = workspaceOn("panthor");
  assertEquals(workspace.nameFor("buffer"), "bo1");
  assertEquals(workspace.nameFor("buffer"), "bo2");
  assertEquals(workspace.nameFor("dma-buf"), "db1");
  assertEquals(workspace.nameFor("mapping"), "map1");
  await newBuffer(workspace, { as: "bo3" });
  assertEquals(workspace.nameFor("buffer"), "bo4");
  workspace.close();
});

Deno.test("nameFor() takes names of letters, digits, _, - and .", () => {
  const { workspace } = workspaceOn("panthor");
  for (const name of ["a", "A1", "frame.0", "my-buffer", "_x", "x".repeat(64)]) {
    assertEquals(workspace.nameFor("buffer", name), name);
  }
  for (const name of ["", "-a", "1a", "a b", "a/b", "ä", "a\n", "x".repeat(65), "a,b", "%a"]) {
    const error = assertThrows(() => workspace.nameFor("buffer", name), UsageError);
    assertEquals(error.message, `--as: "${name}" is not a name`);
    assertEquals(error.word, name);
  }
  workspace.close();
});

Deno.test("nameFor() refuses a name that is taken, by whatever kind", async () => {
  const { workspace } = workspaceOn("panthor");
  await newBuffer(workspace, { as: "a" });
  const error = assertThrows(() => workspace.nameFor("dma-buf", "a"), UsageError);
  assertEquals(error.message, '--as: "a" is taken');
  assertEquals(error.hint, "Close it first (close a), or choose another name.");
  workspace.close();
});

Deno.test("get() names the nearest of what is held, or how to hold something", async () => {
  const { workspace } = workspaceOn("panthor");
  const none = assertThrows(() => workspace.get("frame", ["buffer"]), UsageError);
  assertEquals(none.message, 'no buffer is named "frame"');
  assertEquals(
    none.hint?.startsWith("Nothing of that kind is held. Objects live as long as"),
    true,
  );
  await newBuffer(workspace, { as: "frames" });
  await newBuffer(workspace, { as: "other" });
  const near = assertThrows(() => workspace.get("frame", ["buffer"]), UsageError);
  assertEquals(near.hint, 'Did you mean "frames"? Held: frames, other.');
  const kind = assertThrows(() => workspace.get("frames", ["dma-buf"]), UsageError);
  assertEquals(kind.message, '"frames" is a buffer, not a dma-buf');
  assertThrows(() => workspace.get("constructor"), UsageError, 'no object is named "constructor"');
  workspace.close();
});

Deno.test("a handle with two names is closed with the last one", async () => {
  const { workspace, books } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { as: "a" });
  const db = exportBuffer(workspace, a, { rdwr: true, cloexec: true }, "db");
  const b = importDmaBuf(workspace, db, a.device, "b");
  const c = importDmaBuf(workspace, db, a.device, "c");
  assertEquals([b.handle, c.handle], [a.handle, a.handle]);
  const isOpen = (): boolean => books.leaks().some((line) => line.startsWith("GEM handle 1 "));

  workspace.release(a);
  assertEquals(isOpen(), true);
  mapObject(workspace, b, { writable: true, via: "node" }).mapping.unmap();
  workspace.release(c);
  assertEquals(isOpen(), true);
  workspace.release(b);
  assertEquals(isOpen(), false);
  workspace.close();
  assertEquals(books.leaks(), []);
});

Deno.test("release() tells of a handle that cannot be closed, and holds it on", async () => {
  class Stubborn extends WrappedKernel {
    refuses = false;
    override ioctl(...args: Parameters<WrappedKernel["ioctl"]>): number {
      return this.refuses ? -errno.EIO : super.ioctl(...args);
    }
  }
  const kernel = new Stubborn(kernelOf("panthor"));
  const workspace = new Workspace(kernel);
  const a = await newBuffer(workspace, { as: "a" });
  kernel.refuses = true;
  const error = assertThrows(() => workspace.release(a), KernelRefusal);
  assertEquals(error.message, "DRM_IOCTL_GEM_CLOSE on panthor: EIO");
  assertEquals(error.hint, '"a" is still held.');
  assertEquals(workspace.find("a"), a);
  kernel.refuses = false;
  workspace.release(a);
  assertEquals(workspace.find("a"), undefined);
  workspace.close();
});

Deno.test("release() forgets a handle that is gone already, and says so", async () => {
  const { workspace } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { as: "a" });
  closeHandle(a.device, a.handle);
  assertThrows(
    () => workspace.release(a),
    KernelRefusal,
    'DRM_IOCTL_GEM_CLOSE on panthor: EINVAL: handle 1 of "a" was closed by something else',
  );
  assertEquals(workspace.find("a"), undefined);
  workspace.close();
});

Deno.test("close() lets everything go, even where handles cannot be closed", async () => {
  const { workspace, books } = workspaceOn("panthor");
  const a = await newBuffer(workspace, { private: true });
  const b = await newBuffer(workspace);
  const db = exportBuffer(workspace, b, { rdwr: true, cloexec: true });
  importDmaBuf(workspace, db, a.device);
  workspace.hold(mapObject(workspace, b, { writable: true, via: "node" }, "m"));
  workspace.adopt(workspace.kernel.dup(db.fd));
  closeHandle(a.device, a.handle);
  workspace.close();
  assertEquals(books.leaks(), []);
  assertEquals(workspace.held, []);
  workspace.close();
});
