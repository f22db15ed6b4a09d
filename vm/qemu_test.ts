import { assert, assertEquals } from "@std/assert";
import { MACHINES } from "./machines/mod.ts";
import { qemuArguments } from "./qemu.ts";

for (const machine of MACHINES) {
  Deno.test(`qemuArguments() of ${machine.name} ends on a panic and writes to no root`, () => {
    const args = qemuArguments({
      machine,
      kernel: "/k",
      initrd: "/i",
      preloads: [{ path: "/r", address: 0x78000000 }],
      exports: [
        { tag: "root", path: "/", writable: false },
        { tag: "share", path: "/tmp/a,b", writable: true },
      ],
      console: "/c",
      memory: 1024,
    });
    assert(args.includes("-no-reboot"));
    assert(args.at(-1)?.includes("panic=-1"));
    const exported = args.filter((_, i) => args[i - 1] === "-virtfs");
    assertEquals(exported.map((text) => text.endsWith(",readonly=on")), [true, false]);
    assert(exported[1]?.includes("path=/tmp/a,,b,"));
    assert(args.includes("loader,file=/r,addr=0x78000000,force-raw=on"));
  });
}
