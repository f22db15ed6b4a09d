import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../errors.ts";
import { capabilities } from "./_capabilities.ts";
import { parseRequirement } from "./_requirement.ts";
import { onFiles } from "./_script_kit.ts";

/** What a requirement gives on a board: "met", or why not. */
async function asked(line: string, board: string): Promise<string> {
  const { code, err } = await onFiles(
    { "a.boctl": [`require ${line}`, "list"] },
    "run @a.boctl",
    board,
  );
  if (code === 0) return "met";
  assertEquals(code, 77, err);
  const head = `require ${line}: `;
  const at = err.indexOf(head);
  assertEquals(at >= 0, true, err);
  return err.slice(at + head.length);
}

Deno.test("require tells what a board is and what it is not", async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["driver panthor", "sim:panthor", "met"],
    ["driver panfrost", "sim:panthor", "/dev/dri/renderD128 is driven by panthor, not panfrost"],
    ["driver cirrus --on cirrus", "sim:qemu", "met"],
    ["driver vgem --on=card0", "sim:panthor", "/dev/dri/card0 is driven by panthor, not vgem"],
    [
      "driver vgem --on card7",
      "sim:panthor",
      "/dev/dri/card7: ENOENT: there is no such node",
    ],
    ["non-coherent", "sim:panthor", "met"],
    ["coherent", "sim:panthor", "panthor is non-coherent, not coherent"],
    ["backend sim", "sim:panthor", "met"],
    ["backend live", "sim:panthor", "the backend is sim"],
    ["kernel >= 6.12", "sim:panthor", "met"],
    ["kernel >= 7.0", "sim:panthor", "met"],
    ["kernel >= 99.1", "sim:panthor", "the kernel is 7.2.13"],
    ["capability prime", "sim:panthor", "met"],
    ["capability dumb", "sim:qemu", "met"],
    ["capability dumb --on card0", "sim:panthor", "--dumb: panthor has no dumb buffers"],
    [
      "capability dumb",
      "sim:panthor",
      "/dev/dri/renderD128 is a render node, dumb buffers are made on the primary one",
    ],
    ["capability dumb --on card1", "sim:panthor", "met"],
    ["capability cached", "sim:panthor", "met"],
    ["capability cached", "sim:qemu", "--cached: a dumb buffer's caching cannot be chosen"],
    ["capability private", "sim:panthor", "met"],
    ["capability sync-range", "sim:panthor", "met"],
    ["capability sync-range", "sim:qemu", "vgem has no cache maintenance by range"],
    ["capability wait", "sim:panfrost", "met"],
    ["capability wait", "sim:panthor", "panthor has none"],
    ["capability heap", "sim:panthor", "met"],
    ["capability udmabuf", "sim:qemu", "met"],
    ["capability device-side", "sim:panthor", "met"],
  ];
  for (const [line, board, answer] of cases) {
    const got = await asked(line, board);
    assertEquals(got.split("\n")[0], answer, `${line} on ${board}`);
  }
});

Deno.test("require capability leaves nothing behind: no handle, no entry of the journal", async () => {
  const left: string[] = [];
  for (const name of Object.keys(capabilities)) {
    for (const board of ["sim:panthor", "sim:panfrost", "sim:qemu"]) {
      const lines = [
        `require capability ${name}`,
        "expect json handle=1 create --size 4KiB",
        "expect json findings=[] policy-check --ignore left-open",
      ];
      const { code, err } = await onFiles({ "a.boctl": lines }, "run @a.boctl --quiet", board);
      const skipped = code === 77 && err.startsWith("boctl: a.boctl:1:9: ");
      if (code !== 0 && !skipped) left.push(`${name} on ${board}: ${err}`);
    }
  }
  assertEquals(left, []);
});

Deno.test("parseRequirement() names the word that is wrong", () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ["", undefined, "require: what is required must follow"],
    ["gpu", "gpu", 'require: "gpu" is nothing that can be required'],
    ["constructor x", "constructor", 'require: "constructor" is nothing'],
    ["driver", "driver", "require: driver: a word is missing"],
    ["driver a b", "b", 'require: "b" is one word too many'],
    ["coherent now", "now", 'require: "now" is one word too many'],
    ["capability flying", "flying", 'require: no capability is called "flying"'],
    ["capability toString", "toString", 'require: no capability is called "toString"'],
    ["capability heap --on a", "a", "require: heap is no device's"],
    ["backend real", "real", 'require: backend: "real" is neither live nor sim'],
    ["backend sim --on a", "a", "require: backend is no device's"],
    ["kernel 6.12", "kernel", "require: kernel: a word is missing"],
    ["kernel > 6.12", ">", 'require: kernel: ">" is not >='],
    ["kernel >= 6", "6", 'require: kernel: "6" is not X.Y'],
    ["driver a --on", "--on", "require: --on needs a value: DEVICE"],
    ["driver a --on=", "--on=", "require: --on needs a value: DEVICE"],
    ["driver a --on b c", "c", 'require: "c" is one word too many'],
  ];
  for (const [line, word, message] of cases) {
    const words = line.split(" ").filter((part) => part !== "");
    const error = assertThrows(() => parseRequirement(words), UsageError, message);
    assertEquals(error.word, word, line);
  }
});
