import { assert, assertEquals } from "@std/assert";
import { commandScript, guestScript, type GuestScriptOptions, quoted } from "./guest_script.ts";
import { hostText } from "./host_command.ts";

const OPTIONS: GuestScriptOptions = {
  mounts: [],
  deno: "/deno",
  command: ["printf", "%s|", "a b", "it's", "$HOME", "", "line\nbreak"],
  cwd: "/",
  env: { GREETING: "x 'y' $z" },
  keepCompiled: false,
  limitSeconds: 60,
};

Deno.test("commandScript() passes words and variables on as they are", async () => {
  const said = await hostText("sh", ["-c", commandScript(OPTIONS)]);
  assertEquals(said, "a b|it's|$HOME||line\nbreak|");
  const variable = { ...OPTIONS, command: ["printenv", "GREETING"] };
  assertEquals(await hostText("sh", ["-c", commandScript(variable)]), "x 'y' $z\n");
});

Deno.test("guestScript() is a shell script that parses", async () => {
  const mounts = [
    { tag: "share", from: "/tmp/a b", to: "/share", writable: true },
    { from: "/home/it's", to: "/home/it's", writable: false },
  ];
  const script = guestScript({ ...OPTIONS, mounts, keepCompiled: true });
  await hostText("sh", ["-n", "-c", script]);
});

Deno.test("guestScript() mounts read-only whatever is not said to be writable", () => {
  const mount = { from: "/checkout", to: "/checkout" };
  const line = (writable: boolean): string =>
    guestScript({ ...OPTIONS, mounts: [{ ...mount, tag: "t", writable }] }).split("\n")
      .find((text) => text.includes(" t /new/checkout")) ?? "";
  assert(line(false).includes(",ro "), line(false));
  assert(!line(true).includes(",ro "), line(true));
});

Deno.test("quoted() leaves plain words alone", () => {
  assertEquals(quoted("/usr/bin/deno"), "/usr/bin/deno");
  assertEquals(quoted(""), "''");
});
