import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "./errors.ts";
import { MACHINES, machinesNamed } from "./machines/mod.ts";
import { parseRunArguments } from "./run.ts";
import { parseSetupArguments } from "./setup.ts";
import { parseTestArguments, whyTooLate } from "./test.ts";

Deno.test("parseRunArguments() takes options up to the command and nothing from it", () => {
  const { machine, options } = parseRunArguments(
    ["amd64-6.12", "--timeout", "7", "--env", "A=b=c", "--", "deno", "run", "--timeout", "9"],
  );
  assertEquals(machine.name, "amd64-6.12");
  assertEquals(options.timeoutSeconds, 7);
  assertEquals(options.env, { A: "b=c" });
  assertEquals(options.command, ["deno", "run", "--timeout", "9"]);
});

Deno.test("parseRunArguments() needs no -- before a command", () => {
  assertEquals(parseRunArguments(["arm64-7.2", "ls", "-l"]).options.command, ["ls", "-l"]);
});

for (
  const [words, message] of [
    [["nowhere", "true"], 'no machine "nowhere"'],
    [["amd64-6.12"], "No command"],
    [["--", "true"], "No machine"],
    [["amd64-6.12", "--timeout", "soon", "true"], "positive number"],
    [["amd64-6.12", "--env", "novalue", "true"], "NAME=VALUE"],
    [["amd64-6.12", "--bad", "true"], 'no option "--bad"'],
  ] as const
) {
  Deno.test(`parseRunArguments() refuses ${words.join(" ")}`, () => {
    assertThrows(() => parseRunArguments(words), UsageError, message);
  });
}

Deno.test("parseSetupArguments() lists all machines but sets up the default ones", () => {
  assertEquals(parseSetupArguments(["--list"]).machines, MACHINES);
  assertEquals(parseSetupArguments([]).machines, machinesNamed(undefined));
  assertEquals(parseSetupArguments(["--only", "amd64-6.1"]).machines.length, 1);
  assertThrows(() => parseSetupArguments(["--only", " , "]), UsageError, "empty");
});

Deno.test("parseTestArguments() takes every machine with --matrix, the optional ones too", () => {
  const all = parseTestArguments(["--matrix"], false).machines.map(({ name }) => name);
  const usual = parseTestArguments([], false).machines.map(({ name }) => name);
  assertEquals(usual.filter((name) => !all.includes(name)), []);
  assertEquals(["amd64-6.1", "arm64-6.12-16k"].filter((name) => !all.includes(name)), []);
});

Deno.test("essential machines are tested first, and whatever the time", () => {
  assertEquals(
    machinesNamed(undefined).map(({ name, essential }) => [name, essential]),
    [["amd64-6.12", true], ["arm64-7.2", true], ["amd64-7.2", false], ["arm64-6.12", false]],
  );
  assertEquals(parseTestArguments([], false).until, undefined);
  assertEquals(parseTestArguments(["--until", "1000"], false).until, 1_000_000);
  assertEquals(whyTooLate(undefined, 300, 0), undefined);
  assertEquals(whyTooLate(1_000_000, 300, 700_000), undefined);
  assertEquals(whyTooLate(1_000_000, 300, 701_000), "299 s are left, and a machine took 300 s");
});

Deno.test("parseTestArguments() takes unit tests of the architecture, all with --matrix", () => {
  const units = (...args: string[]): string => parseTestArguments(args, false).units;
  assertEquals([units(), units("--matrix")], ["none", "all"]);
  assertEquals(units("--units", "architecture"), "architecture");
  assertEquals(units("--matrix", "--units", "none"), "none");
  const limit = (...args: string[]): number => parseTestArguments(args, false).timeoutSeconds;
  assertEquals(
    [limit(), limit("--units", "all"), limit("--machines", "amd64-6.1"), limit("--timeout", "7")],
    [900, 14_400, 1800, 7],
  );
  assertThrows(() => parseTestArguments(["--units", "some"], false), UsageError, '"some"');
});

Deno.test("parseTestArguments() requires all machines under CI", () => {
  assertEquals(parseTestArguments([], false).required, false);
  assertEquals(parseTestArguments([], true).required, true);
  assertEquals(parseTestArguments(["--require", "live/a_live_test.ts"], false).required, true);
  assertThrows(() => parseTestArguments(["--jobs", "0"], false), UsageError, "above 0");
});
