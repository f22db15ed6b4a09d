import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UsageError } from "../errors.ts";
import type { KernelIdentity } from "../ffi/kernel.ts";
import { WrappedKernel } from "../ffi/wrapped_kernel.ts";
import { loadBoard } from "../sim/board.ts";
import { openSimulatedKernel } from "../sim/sim_kernel.ts";
import { requestOf } from "./_replay_request.ts";
import type { TraceEntry } from "./format.ts";
import { record } from "./_test_kit.ts";
import { parseTrace } from "./read.ts";
import { replay } from "./replay.ts";

/** A simulated kernel that says that it is a machine's, without a device's side. */
class Live extends WrappedKernel {
  declare readonly deviceSide?: never;
  /** Every call that reached it. */
  readonly calls: string[] = [];

  constructor() {
    super(openSimulatedKernel(loadBoard("panthor")));
    Object.defineProperty(this, "deviceSide", { value: undefined });
  }

  override get identity(): KernelIdentity {
    return { ...super.identity, backend: "live", name: "live" };
  }

  override open(path: string, flags: number, options: { inherit?: boolean } = {}): number {
    this.calls.push(`open ${path}`);
    return super.open(path, flags, options);
  }
}

type Ioctl = TraceEntry & { call: "ioctl" };

const HEAD = '{"boctl-trace":1,"boctl":"0.1.0","on":{"backend":"sim","kernel":"sim:panthor",' +
  '"release":"7.2.13","arch":"aarch64","pageSize":4096}}';
const NODE = '"node":{"driver":"panthor","version":"1.8","kind":"render","index":0}';
const OPEN = `{"call":"open","path":"/dev/dri/renderD128","flags":"O_RDWR","result":"f1",${NODE}}`;

async function refusal(...lines: readonly string[]): Promise<string> {
  const trace = parseTrace([HEAD, ...lines, ""].join("\n"), "t.jsonl");
  const kernel = new Live();
  const { message } = await assertRejects(() => replay(kernel, trace), UsageError);
  // To find nodes by name they are opened; what the trace says is not.
  assertEquals(
    kernel.calls.filter((call) => !/^open \/dev\/dri\/(card|renderD)\d+$/.test(call)),
    [],
  );
  return message;
}

function ioctl(name: string, code: string, passed: string): string {
  return `{"call":"ioctl","fd":"f1","name":"${name}","code":"${code}","in":${passed},"result":0}`;
}

Deno.test("replay passes no address of this process to a live kernel", async () => {
  for (
    const [name, code, passed] of [
      [
        "DRM_IOCTL_PANTHOR_BO_SYNC",
        "0xc010644f",
        '{"ops":{"stride":24,"count":1,"array":"0x7f0000001000"}}',
      ],
      ["DRM_IOCTL_PANTHOR_BO_SYNC", "0xc010644f", '"0x10000"'],
      ["DRM_IOCTL_VERSION", "0xc0406400", '{"name_len":64,"name":"0x55d000000000"}'],
      [
        "DRM_IOCTL_VERSION",
        "0xc0406400",
        `"hex:${"00".repeat(24)}00100000007f0000${"00".repeat(32)}"`,
      ],
    ] as const
  ) {
    assertStringIncludes(
      await refusal(OPEN, ioctl(name, code, passed)),
      "where something of this process may be: not made on a live kernel",
    );
  }
});

Deno.test("replay promises a live kernel no more memory than there is", async () => {
  const message = await refusal(
    OPEN,
    ioctl(
      "DRM_IOCTL_PANTHOR_BO_SYNC",
      "0xc010644f",
      '{"ops":{"stride":24,"count":4294967295,"array":[{"handle":1}]}}',
    ),
  );
  assertStringIncludes(message, "4294967295 elements follow where there are 24 bytes");
});

Deno.test("replay counts the items behind a structure, too", async () => {
  const message = await refusal(
    '{"call":"open","path":"/dev/udmabuf","flags":"O_RDWR","result":"f1"}',
    ioctl("UDMABUF_CREATE_LIST", "0x40087543", '{"count":3,"list":[{"memfd":0,"size":4096}]}'),
  );
  assertStringIncludes(message, "3 elements follow where there are 24 bytes");
});

Deno.test("replay hands over as many bytes as the request code says", () => {
  const entry = (fields: Partial<Ioctl>): Ioctl => ({
    call: "ioctl",
    fd: "f1",
    code: "0x7fff6445",
    in: "hex:00",
    result: 0,
    ...fields,
  });
  const bytes = (one: Ioctl): number => {
    const { argument } = requestOf(one, {
      fd: () => -1,
      offset: () => 0n,
      address: () => 0n,
      now: 0n,
    });
    return typeof argument === "bigint" ? 0 : argument.bytes.length;
  };
  const name = "DRM_IOCTL_PANTHOR_BO_CREATE";
  assertEquals(bytes(entry({})), 0x3fff);
  assertEquals(bytes(entry({ name })), 0x3fff);
  assertEquals(bytes(entry({ name, in: { size: 1 } })), 0x3fff);
  assertEquals(bytes(entry({ name: "DMA_BUF_SET_NAME", code: "0x40086201", in: "hex:6161" })), 3);
});

Deno.test("replay makes no ioctl on a live kernel that no table has", async () => {
  const message = await refusal(
    OPEN,
    '{"call":"ioctl","fd":"f1","code":"0xc0186445","in":"hex:00","result":0}',
  );
  assertStringIncludes(message, "is in no table");
});

Deno.test("replay makes no files and no mappings at addresses of the trace's choice", async () => {
  assertStringIncludes(
    await refusal(OPEN.replace('"O_RDWR"', '"O_RDWR|O_CREAT"')),
    "opens with O_RDWR|O_CREAT",
  );
  assertStringIncludes(
    await refusal(
      OPEN,
      '{"call":"mmap","fd":"f1","length":4096,"prot":"PROT_READ","flags":"MAP_SHARED|0x10",' +
        '"offset":"0","access":"direct","result":"EINVAL"}',
    ),
    "maps with MAP_SHARED|0x10",
  );
});

Deno.test("replay closes no descriptor that the trace did not open", async () => {
  const closed: number[] = [];
  class Closing extends Live {
    override close(fd: number): number {
      closed.push(fd);
      return super.close(fd);
    }
  }
  const lines = [0, 1, 2, 7, 300].map((fd) => `{"call":"close","fd":${fd},"result":"EBADF"}`);
  const trace = parseTrace([HEAD, ...lines, ""].join("\n"), "t.jsonl");
  const done = await replay(new Closing(), trace);
  assertEquals(done.differences, []);
  assertEquals([...new Set(closed)], [0x3fff_fff0]);
});

Deno.test("replay leaves the device's side out on a live kernel, and what depends on it", async () => {
  const trace = await record(
    "--device sim:panthor create --size 4KiB --as a , mmap a --read 0:4 , " +
      "device begin a --access w , device write a 0=c0ffee , device end a , mmap a --read 0:4",
  );
  const done = await replay(new Live(), trace);
  assertEquals(done.differences, []);
  assertEquals(done.leftOut["the device's side"], 3);
  assertEquals(done.notCompared, { "bytes read after the device wrote": 1 });
});

Deno.test("what boctl records of its own work is replayed on a live kernel", async () => {
  const trace = await record(
    "--device sim:panthor create --size 8KiB --cached --as a , export a --rdwr --as d , import d , " +
      "sync a --range 0:64 --for device --access w , info d , wait d , info a , " +
      "mmap d --bracket --read 0:4 , create --udmabuf --size 4KiB",
  );
  const done = await replay(new Live(), trace);
  assertEquals([done.differences, done.notCompared], [[], {}]);
});
