// boctl as a user starts it: processes, their exit codes and what they print, also as somebody who
// may not open the nodes.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { boctlProcess } from "./_boctl.ts";
import { amd64, arm64, liveTest, machine, machines, nodeCount } from "./_machine.ts";

const made = "create --size 4KiB --as a , export a --rdwr --as d";

liveTest("a shell: a buffer of vgem is shared with cirrus by one command line", amd64, async () => {
  const { code, out, err } = await boctlProcess(
    `--device vgem ${made} , mmap d --bracket --write 0=deadbeef , mmap a --read 0:4 ,` +
      " mmap d --bracket --read 0:4 , import d --on card3 --as shown ," +
      " mmap shown --bracket --verify 0=deadbeef",
  );
  assertEquals([code, err], [0, ""]);
  assertEquals(out.split("\n").filter((line) => line === "deadbeef").length, 2);
  assertStringIncludes(out, "verified 4 bytes at 0x0");
});

liveTest(
  "a shell: a refused import is exit 3 and tells call, device and errno",
  amd64,
  async () => {
    const { code, err } = await boctlProcess(`--device vgem ${made} , import d --on virtio_gpu`);
    assertEquals(code, 3);
    assertEquals(
      err,
      "boctl: DRM_IOCTL_PRIME_FD_TO_HANDLE on virtio_gpu: ENODEV: " +
        "virtio_gpu imports only its own buffers",
    );
  },
);

liveTest("a shell: bytes of an exact range are synced on panthor", ["arm64-7.2"], async () => {
  const { code, out, err } = await boctlProcess(
    "--device panthor create --size 8KiB --cached --as a , mmap a --write 64=c0ffee ," +
      " sync a --range 64:3 --range 4KiB:128 , mmap a --read 64:3 , info a",
  );
  assertEquals(code, 0);
  assertEquals(
    err,
    'boctl: "panthor" fits /dev/dri/renderD131, /dev/dri/renderD132: taking the first',
  );
  assertStringIncludes(out, "flush (clean) of 0x40..0x43 (3 B), 0x1000..0x1080 (128 B)");
  assertStringIncludes(out, "c0ffee");
  assertMatch(out, /kernel reads back: +wb-mmap/);
});

liveTest("a shell: --cached is refused on panthor 1.0", ["arm64-6.12"], async () => {
  const { code, err } = await boctlProcess("--device panthor create --size 4KiB --cached");
  assertEquals(code, 3);
  assertStringIncludes(err, "EINVAL: WB_MMAP needs panthor 1.7, this is 1.0");
});

liveTest("a shell: an unknown command is exit 2 and the nearest is told", machines, async () => {
  const { code, err } = await boctlProcess("creat --size 4KiB");
  assertEquals(code, 2);
  assertStringIncludes(err, 'Did you mean "create"?');
});

liveTest(
  "a shell: the device's side of an access is exit 77 on a live kernel",
  machines,
  async () => {
    const { code, err } = await boctlProcess("create --size 4KiB --as a , device read a 0:4");
    assertEquals(code, 77);
    assertStringIncludes(err, "Use a simulated board: --device sim:panthor.");
  },
);

liveTest(
  "a shell: a script is read from standard input, and its place is told",
  machines,
  async () => {
    const stdin = "create --size 4KiB --as a\nexport a --as ro\nexpect ok  mmap ro --write 0=ff\n";
    const { code, out, err } = await boctlProcess("--device card0 run -", { stdin });
    assertEquals(code, 1);
    assertStringIncludes(err, "boctl: (standard input):3:12: expected ok, got EACCES");
    assertStringIncludes(out, "2: export a --as ro");
  },
);

liveTest("an ordinary user may not open a node: exit 4, why and what to do", machines, async () => {
  const { code, out, err } = await boctlProcess("--device /dev/dri/card0 create --size 4KiB", {
    user: "user",
  });
  assertEquals([code, out], [4, ""]);
  assertStringIncludes(
    err,
    "boctl: /dev/dri/card0: EACCES: you may not open it (mode 0600, owner 0, group ",
  );
  assertStringIncludes(err, "hint: Run as root, or let a udev rule give the node to a group");
});

liveTest(
  "an ordinary user is told why by driver name, too, and nothing is simulated",
  machines,
  async () => {
    const { code, out, err } = await boctlProcess("create --size 4KiB", { user: "user" });
    assertEquals([code, out], [4, ""]);
    assertStringIncludes(err, "EACCES: you may not open it");
  },
);

liveTest(
  "an ordinary user sees every node in devices, and why it cannot be opened",
  machines,
  async () => {
    const { code, out } = await boctlProcess("devices", { user: "user" });
    assertEquals(code, 0);
    const rows = out.split("\n").filter((line) => line.startsWith("/dev/dri/"));
    assertEquals(rows.length, nodeCount());
    assertEquals(
      rows.filter((row) => row.includes("EACCES: you may not open it")).length,
      rows.length,
    );
  },
);

liveTest("an ordinary user may not open udmabuf", machines, async () => {
  const { code, err } = await boctlProcess("create --udmabuf --size 4KiB", { user: "nobody" });
  assertEquals(code, 4);
  assertStringIncludes(err, "/dev/udmabuf: EACCES: you may not open it");
});

liveTest("a user outside of the node's group is told to join it", machines, async () => {
  const node = "/dev/dri/renderD128";
  await Deno.chown(node, 0, 12345);
  await Deno.chmod(node, 0o660);
  try {
    const { code, err } = await boctlProcess(`--device ${node} list , open ${node}`, {
      user: "user",
    });
    assertEquals(code, 4);
    assertStringIncludes(err, "(mode 0660, owner 0, group 12345)");
    assertStringIncludes(err, "hint: Join the group: sudo usermod -aG 12345 $USER");
  } finally {
    await Deno.chmod(node, 0o600);
    await Deno.chown(node, 0, 0);
  }
});

liveTest("a user who may open the node works with it as root does", machines, async () => {
  const node = machine?.startsWith("amd64") ? "/dev/dri/card0" : "/dev/dri/renderD131";
  await Deno.chmod(node, 0o666);
  try {
    const { code, out, err } = await boctlProcess(
      `--device ${node} ${made} , mmap d --bracket --write 0=4242 --read 0:2`,
      { user: "user" },
    );
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "4242");
  } finally {
    await Deno.chmod(node, 0o600);
  }
});

liveTest("a user without rights to the other device is told so at the import", arm64, async () => {
  const node = "/dev/dri/renderD131";
  await Deno.chmod(node, 0o666);
  try {
    const { code, err } = await boctlProcess(
      `--device ${node} ${made} , import d --on renderD132`,
      {
        user: "user",
      },
    );
    assertEquals(code, 4);
    assertStringIncludes(err, "/dev/dri/renderD132: EACCES");
  } finally {
    await Deno.chmod(node, 0o600);
  }
});
