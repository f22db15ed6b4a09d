import { assertEquals } from "@std/assert";
import { hostilePieces, randomTexts } from "../syntax/_random_text.ts";
import { boctl, boctlWords } from "./_test_kit.ts";

const panthor = "--device sim:panthor";

Deno.test("ioctl shows the call's value and the fields that came back", async () => {
  const { code, out } = await boctl(`${panthor} ioctl . DRM_IOCTL_GET_CAP capability=PRIME`);
  assertEquals([code, out], [0, "DRM_IOCTL_GET_CAP = 0\n{capability=PRIME, value=3}"]);
});

Deno.test("ioctl takes fields as words or as JSON, and names as handles and descriptors", async () => {
  const made = `${panthor} create --size 4KiB --cached --as a , export a --as db ,`;
  for (
    const line of [
      "ioctl . BO_QUERY_INFO handle=%a",
      "ioctl panthor panthor.BO_QUERY_INFO handle=%a",
      `ioctl renderD128 DRM_IOCTL_PANTHOR_BO_QUERY_INFO '{"handle": "%a"}'`,
    ]
  ) {
    const { code, out, err } = await boctl(`${made} ${line}`);
    assertEquals([code, err], [0, ""], line);
    assertEquals(out.includes("create_flags=WB_MMAP"), true, out);
  }
  const { out } = await boctl(`${made} ioctl . PRIME_FD_TO_HANDLE fd=%db --json`);
  assertEquals(JSON.parse(out.split("\n").at(-1) ?? "").result.fields.handle, 1);
});

Deno.test("ioctl holds the dma-bufs that a call returns", async () => {
  const { code, out } = await boctl(
    `${panthor} ioctl heap:system DMA_HEAP_IOCTL_ALLOC len=4096 fd_flags=2 , mmap db1 --read 0:1`,
  );
  assertEquals([code, out.split("\n").slice(-2)], [
    0,
    ["db1: the dma-buf that it returned", "00"],
  ]);
});

Deno.test("ioctl sends what other commands refuse", async () => {
  const made = `${panthor} create --size 4KiB --as a ,`;
  const cases: readonly (readonly [string, number, string])[] = [
    ["BO_SYNC ops=[handle=%a,size=8192]", 3, "DRM_IOCTL_PANTHOR_BO_SYNC on panthor: EINVAL"],
    ["BO_CREATE size=0", 3, "DRM_IOCTL_PANTHOR_BO_CREATE on panthor: EINVAL"],
    ["VERSION name=@0x10 name_len=8", 3, "DRM_IOCTL_VERSION on panthor: EFAULT"],
    ["GEM_CLOSE handle=99", 3, "DRM_IOCTL_GEM_CLOSE on panthor: EINVAL"],
  ];
  for (const [line, exit, message] of cases) {
    const { code, err } = await boctl(`${made} ioctl . ${line}`);
    const [first, hint = ""] = err.split("\n");
    assertEquals([code, first], [exit, `boctl: ${message}`], line);
    assertEquals(hint.startsWith("  hint: Sent: {"), true, hint);
  }
});

Deno.test("ioctl names what is wrong with a call before it makes it", async () => {
  const cases: readonly (readonly [string, string])[] = [
    [". VERSIN", 'ioctl: There is no call "VERSIN" in drm, panthor: the nearest are drm.VERSION'],
    [
      ". GEM_CLOSE hande=1",
      'ioctl: Structure drm_gem_close has no field "hande". Did you mean "handle"',
    ],
    [". GEM_CLOSE __proto__=1", 'ioctl: Structure drm_gem_close has no field "__proto__"'],
    [". GEM_CLOSE handle=x", 'ioctl: Field "handle" is "x"'],
    [". GEM_CLOSE handle=1 handle=2", 'ioctl: "handle" is given twice'],
    [". GEM_CLOSE handle", 'ioctl: "handle" is not FIELD=VALUE'],
    [". GEM_CLOSE =1", 'ioctl: "=1" is not FIELD=VALUE'],
    [". GEM_CLOSE handle=%a", 'ioctl: %a: no buffer, dma-buf, mapping or device is named "a"'],
    [". GEM_CLOSE '{handle:1}'", "ioctl: the fields are not JSON"],
    [". BO_SYNC ops=[", "ioctl: "],
    [". GEM_CLOSE handle=4294967296", 'ioctl: Field "handle"'],
  ];
  for (const [line, message] of cases) {
    const { code, err } = await boctl(`${panthor} ioctl ${line}`);
    assertEquals([code, err.startsWith(`boctl: ${message}`)], [2, true], `${line}: ${err}`);
  }
  const { err } = await boctl(`${panthor} ioctl . VERSIN`);
  assertEquals(
    err.split("\n")[1],
    "  hint: --any-table finds calls of other drivers and files, too.",
  );
});

Deno.test("ioctl calls devices and dma-bufs, and says what else it was given", async () => {
  const made = `${panthor} create --size 4KiB --as a , mmap a --as m ,`;
  for (const [name, kind] of [["a", "buffer"], ["m", "mapping"]] as const) {
    const { code, err } = await boctl(`${made} ioctl ${name} VERSION`);
    assertEquals([code, err], [
      2,
      `boctl: ioctl: "${name}" is a ${kind}: name a device or a dma-buf`,
    ]);
  }
  const missing = await boctl(`${panthor} ioctl heap:nosuch DMA_HEAP_IOCTL_ALLOC len=1`);
  assertEquals([missing.code, missing.err.split("\n")[0]], [
    4,
    "boctl: /dev/dma_heap/nosuch: ENOENT: there is no such node",
  ]);
});

Deno.test("ioctl --any-table sends another file's call, and the kernel answers", async () => {
  const { code, err } = await boctl(`${panthor} ioctl --any-table . UDMABUF_CREATE size=4096`);
  assertEquals([code, err.split("\n")[0]], [3, "boctl: UDMABUF_CREATE on panthor: ENOTTY"]);
});

Deno.test("ioctl shows no control character of what a kernel gave back", async () => {
  const name = "argument='\x1b[2J\x07'";
  const { code, out } = await boctl(
    `${panthor} create --heap system --size 4KiB --as db , ioctl db DMA_BUF_SET_NAME ${name} , info db`,
  );
  assertEquals(code, 0);
  assertEquals(out.split("\n").slice(1, 3), [
    "DMA_BUF_SET_NAME = 0",
    '"\\x1b[2J\\x07"',
  ]);
  assertEquals(out.split("\n").at(-1)?.includes('labelled "\\x1b[2J\\x07"'), true, out);
});

Deno.test("ioctl ends with an exit code of its own, whatever its fields are", async () => {
  const calls = ["BO_SYNC", "BO_CREATE", "VM_BIND", "VERSION", "GEM_CLOSE", "SYNCOBJ_CREATE"];
  const fields = ["handle", "size", "ops", "name", "flags", "stride", "count", "array", "@size"];
  const pieces = [...hostilePieces, ...fields, ...fields, "=", "=", "=[", "]", "@null", "hex:"];
  let i = 0;
  for (const text of randomTexts(pieces, { count: 500, most: 9, seed: 12 })) {
    const words = ["ioctl", ".", calls[i++ % calls.length] ?? "", ...text.split(" ")];
    const { code } = await boctlWords(["--device", "sim:panthor", ...words]);
    assertEquals([0, 2, 3].includes(code), true, JSON.stringify(words));
  }
});
