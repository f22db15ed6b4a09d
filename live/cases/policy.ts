/** What policy-check finds in what was done on the machine. */
import { type Case, table } from "../_case.ts";
import { arm64, machines } from "../_machine.ts";
import { panthor, panthorCoherent } from "./_nodes.ts";

const exported = "create --on card0 --size 4KiB --as a , export a --rdwr --as d";

export const cases: readonly Case[] = [
  ...table(machines, [
    {
      name: "policy-check: a write between begin and end, and all closed, is clean",
      line: `${exported} , mmap d --bracket --write 0=aa , close d a , policy-check --notes`,
      says: ["PASS what was done so far on", "vgem 1.0: 0 errors, 0 warnings, 0 notes"],
    },
    {
      name: "policy-check: a late --rdwr",
      line: "create --on card0 --size 4KiB --as a , export a , export a --rdwr , policy-check",
      exit: 1,
      says: ["late-rdwr", "fixed the mode"],
    },
    {
      name: "policy-check: an access outside begin and end",
      line: `${exported} , mmap d --write 0=aa , policy-check --notes`,
      says: ["note cpu-access-outside-bracket"],
    },
    {
      name: "policy-check: a write in a bracket for reading",
      line: `${exported} , sync d --op begin --access r --whole , mmap d --write 0=aa ,` +
        " sync d --op end --access r --whole , policy-check",
      exit: 1,
      says: ["wrong-bracket-direction"],
    },
    {
      name: "policy-check: a begin without its end",
      line: `${exported} , sync d --op begin --access r --whole , close d , policy-check`,
      exit: 1,
      says: ["begin-without-end"],
    },
    {
      name: "policy-check: an end in another direction than its begin",
      line: `${exported} , sync d --op begin --access r --whole ,` +
        " sync d --op end --access w --whole , policy-check",
      exit: 1,
      says: ["bracket-direction-mismatch"],
    },
    {
      name: "policy-check: what is left open is a note",
      line: `${exported} , policy-check --notes`,
      says: ["left-open", "0 errors, 0 warnings, 2 notes"],
    },
    {
      name: "policy-check: a script is run and judged",
      line: "policy-check fixtures/reproductions/first-export-fixes-the-mode.boctl",
      exit: 1,
      says: ["late-rdwr", "writable-map-of-read-only-export", "boctl:12:16: "],
    },
    {
      name: "policy-check: rules that are ignored do not fail",
      line: "create --on card0 --size 4KiB --as a , export a , export a --rdwr ," +
        " policy-check --ignore late-rdwr",
      says: ["PASS"],
    },
  ]),
  ...table(arm64, [
    {
      name: "policy-check: an import mapped through its importer's node",
      line: `create --on ${panthor} --size 4KiB --as a , export a --rdwr --as d ,` +
        ` import d --on ${panthorCoherent} --as b , mmap b --via node --read 0:1 , policy-check`,
      exit: 1,
      says: ["import-mapped-through-node"],
    },
  ]),
  ...table(["arm64-7.2"], [
    {
      name: "policy-check: a cached buffer that leaves the process",
      line: `create --on ${panthor} --size 4KiB --cached --as a , export a , policy-check`,
      exit: 1,
      says: ["cached-export"],
    },
    {
      name: "policy-check: a coherent device's cached buffer may leave",
      line: `create --on ${panthorCoherent} --size 4KiB --cached --as a , export a , policy-check`,
      says: ["PASS", "0 errors, 0 warnings"],
    },
  ]),
];
