import { assertEquals } from "@std/assert";
import { troubleIn } from "./kernel_log.ts";

const TROUBLE = [
  "[    3.1] WARNING: CPU: 0 PID: 99 at mm/page_alloc.c:4788 __alloc_pages_noprof+0x2d8/0x2f0",
  "[    3.1] WARNING: mm/page_alloc.c:5221 at __alloc_frozen_pages_noprof+0x2c8/0x1250, CPU#1",
  "[    3.1] BUG: kernel NULL pointer dereference, address: 0000000000000010",
  "[    3.1] Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI",
  "[    3.1] Internal error: Oops: 0000000096000004 [#1] SMP",
  "[    3.1] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010",
  "[    3.1] Kernel panic - not syncing: sysrq triggered crash",
  "[    3.1] Out of memory: Killed process 190 (deno) total-vm:17988876kB, anon-rss:82304kB",
  "[    3.1] general protection fault, probably for non-canonical address",
];

for (const line of TROUBLE) {
  Deno.test(`troubleIn() finds ${JSON.stringify(line.slice(10, 45))}`, () => {
    assertEquals(troubleIn(`[    1.0] Run /init\r\n${line}\r\n[    4.0] more\r\n`), [line]);
  });
}

Deno.test("troubleIn() takes ordinary messages for what they are", () => {
  const log = [
    "[    0.0] tsc: Unable to calibrate against PIT",
    "[    2.0] panfrost 78000000.gpu: error -ENODEV: _opp_set_regulators: no regulator (mali) found",
    "[    2.0] panfrost 78000000.gpu: features: 00000000,00000df7, issues: 00000000,00000400",
    "[    2.0] DEBUG: nothing",
  ].join("\n");
  assertEquals(troubleIn(log), []);
});

Deno.test("troubleIn() excuses a line that the machine always has, and that once", () => {
  const line = "[    7.3] WARNING: CPU: 0 PID: 199 at drivers/gpu/drm/vc4/vc4_debugfs.c:27";
  const other = "[    7.4] WARNING: CPU: 0 PID: 199 at drivers/gpu/drm/vc4/vc4_bo.c:27";
  const expected = [{ line: /WARNING: .*vc4_debugfs\.c/, why: "for this test" }];
  assertEquals(troubleIn(`${line}\n${other}`, expected), [other]);
  assertEquals(troubleIn(`${line}\n${line}`, expected), [line]);
  assertEquals(troubleIn(line), [line]);
});
