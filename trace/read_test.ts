import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { recordText } from "./_test_kit.ts";
import { parseTrace } from "./read.ts";

const HEAD = '{"boctl-trace":1,"boctl":"0.1.0","on":{"backend":"sim","kernel":"sim:panthor",' +
  '"release":"7.2.13","arch":"aarch64","pageSize":4096}}';
const OPEN = '{"call":"open","path":"/dev/udmabuf","flags":"O_RDWR|O_CLOEXEC","result":"f1"}';
const MAP = '{"call":"mmap","fd":"f1","length":4096,"prot":"PROT_READ","flags":"MAP_SHARED",' +
  '"offset":"0","access":"direct","result":"m1"}';

/** The message about a third line. */
function refusal(third: string): string {
  const text = `${HEAD}\n${OPEN}\n${MAP}\n${third}\n`;
  return assertThrows(() => parseTrace(text, "t.jsonl"), UsageError).message;
}

Deno.test("parseTrace() takes back what was recorded", async () => {
  const text = await recordText(
    "--device sim:panthor create --size 8KiB --cached --as a , export a --rdwr , import db1 , " +
      "sync a --range 0:64 --for device --access w , mmap a --write 0=00 , device read a 0:64 , " +
      "create --udmabuf --size 4KiB , wait db1 , info db1",
  );
  const trace = parseTrace(text, "t.jsonl");
  const [head, ...lines] = text.trimEnd().split("\n");
  assertEquals(JSON.stringify(trace.header), head);
  assertEquals(trace.lines.map(({ entry }) => JSON.stringify(entry)), lines);
  assertEquals(trace.notice, undefined);
});

Deno.test("parseTrace() leaves out a last line that is cut off, and says so", () => {
  const trace = parseTrace(`${HEAD}\n${OPEN}\n{"call":"clo`, "t.jsonl");
  assertEquals(trace.lines.length, 1);
  assertEquals(trace.notice, "t.jsonl:3: the last line is cut off and left out");
});

Deno.test("parseTrace() refuses what is no trace", () => {
  for (
    const [text, message] of [
      ["", "t.jsonl: is empty"],
      ["#!/bin/sh", "t.jsonl:1: is no line of a trace"],
      ["#!/bin/sh\n", "t.jsonl:1: is not JSON"],
      ["{}\n", `t.jsonl:1: is no header of a trace: "boctl-trace" is missing`],
      ['{"boctl-trace":2}\n', "t.jsonl:1: says version 2 of traces, this boctl reads 1"],
      ['{"boctl-trace":1,"boctl":"1"}\n', `t.jsonl:1: "on" is missing`],
      [`${HEAD.replace("4096", "1")}\n`, `t.jsonl:1: "on": wanted "pageSize": wanted 4096`],
      [`${"[".repeat(100)}${"]".repeat(100)}\n`, "t.jsonl:1: is no JSON object"],
    ] as const
  ) {
    const error = assertThrows(() => parseTrace(text, "t.jsonl"), UsageError);
    assertStringIncludes(error.message, message);
  }
});

Deno.test("parseTrace() refuses malformed entries with their line and field", () => {
  const deep = `${'{"a":'.repeat(100)}1${"}".repeat(100)}`;
  const ioctl = (fields: string): string =>
    `{"call":"ioctl","fd":"f1","name":"UDMABUF_CREATE","code":"0x40187542",${fields}}`;
  for (
    const [line, message] of [
      ["", "is not JSON"],
      ["[]", "is no JSON object"],
      ["{}", `"call" is missing`],
      ['{"call":"toString"}', 'there is no call "toString"'],
      ['{"call":"reboot\\u001b[2J"}', 'there is no call "reboot\\u001b[2J"'],
      ['{"call":"close","fd":"f1"}', `close: "result" is missing`],
      ['{"call":"close","fd":"f2","result":0}', `close: "f2" is given by no call before it`],
      ['{"call":"close","fd":"m1","result":0}', `close: "fd": wanted a descriptor's name`],
      ['{"call":"close","fd":"f1","result":0,"x":1}', `close: "x" is no field of it`],
      ['{"call":"close","fd":"f1","result":"EWHAT"}', `close: "result": wanted a number or an`],
      ['{"call":"open","path":"etc","flags":"O_RDWR","result":"f2"}', `"path": wanted an absolute`],
      ['{"call":"open","path":"/a","flags":"O_X","result":"f2"}', `"flags": wanted flags such as`],
      [
        '{"call":"map.read","map":"m1","offset":0,"length":99999999999,"bytes":{"hex":""},"result":0}',
        `map.read: "length": wanted a whole number from 0 to 67108864`,
      ],
      [
        '{"call":"map.write","map":"m1","offset":0,"length":1,"bytes":{"hex":"0"},"result":0}',
        `map.write: "bytes": wanted pairs of hexadecimal digits`,
      ],
      [
        '{"call":"map.write","map":"m1","offset":0,"length":1,"bytes":{"hex":"0011"},"result":0}',
        `map.write: "bytes" has more than "length" says`,
      ],
      [
        '{"call":"map.write","map":"m1","offset":-1,"length":1,"bytes":{"hex":"00"},"result":0}',
        `map.write: "offset": wanted a whole number from 0`,
      ],
      [
        '{"call":"poll","entries":[{"fd":"f1","events":"POLLIN","revents":"x"}],"timeoutMs":0,"result":0}',
        `poll: "entries": wanted in each: "revents": wanted flags`,
      ],
      [ioctl(`"in":${deep},"result":0`), "is nested more than 32 deep"],
      [ioctl(`"in":{"memfd":"f1"},"result":"x"`), `ioctl: "result": wanted a number, a`],
      [ioctl(`"in":{"memfd":"f7"},"result":0`), `ioctl: "f7" is given by no call before it`],
      [ioctl(`"in":{"memfd":"db1"},"result":0`), `"in" of UDMABUF_CREATE: Field "memfd"`],
      [ioctl(`"in":{"size":1e99},"result":0`), `"in" of UDMABUF_CREATE: Field "size"`],
      [ioctl(`"in":{"__proto__":1},"result":0`), `"in" of UDMABUF_CREATE: Structure`],
      [ioctl(`"in":"hex:0","result":0`), `"in": wanted pairs of hexadecimal digits`],
      [
        '{"call":"ioctl","fd":"f1","name":"DRM_IOCTL_WHAT","code":"0x1","in":{},"result":0}',
        "no table of this boctl has a call DRM_IOCTL_WHAT",
      ],
      [
        '{"call":"ioctl","fd":"f1","name":"UDMABUF_CREATE","code":"0x1","in":{},"result":0}',
        `"code" 0x1 is not that of UDMABUF_CREATE`,
      ],
      ['{"call":"ioctl","fd":"f1","code":"0x1","in":{},"result":0}', `"in": wanted "hex:…"`],
    ] as const
  ) {
    const message4 = refusal(line);
    assert(message4.startsWith("t.jsonl:4: "), message4);
    assertStringIncludes(message4, message);
  }
});
