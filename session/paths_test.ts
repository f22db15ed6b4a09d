import { assert, assertEquals, assertThrows } from "@std/assert";
import { NoDevice, UsageError } from "../errors.ts";
import { SessionClient } from "./client.ts";
import { textOf } from "./files.ts";
import { ensureFolder, isThere, placeOf, placesIn, runtimeFolder } from "./paths.ts";

const env = (variables: Record<string, string>) => (name: string): string | undefined =>
  variables[name];

Deno.test("placeOf() takes the option, then the variable, then the default", () => {
  const runtime = { XDG_RUNTIME_DIR: "/run/user/7" };
  assertEquals(placeOf(undefined, env(runtime))?.socket, "/run/user/7/boctl/default.sock");
  const named = env({ ...runtime, BOCTL_SESSION: "board" });
  assertEquals(placeOf(undefined, named), {
    name: "board",
    spoken: "board",
    socket: "/run/user/7/boctl/board.sock",
    lock: "/run/user/7/boctl/board.lock",
    ended: "/run/user/7/boctl/board.ended",
  });
  assertEquals(placeOf("other", named)?.name, "other");
  assertEquals(placeOf("none", named), undefined);
  assertEquals(placeOf(undefined, env({ BOCTL_SESSION: "none" })), undefined);
  assertEquals(placeOf(undefined, env({ BOCTL_SESSION: "" }))?.name, "default");
  assertEquals(placeOf("/tmp/x/y.sock", env({}))?.lock, "/tmp/x/y.lock");
  assertEquals(placeOf("/tmp/x/y.sock", env({}))?.spoken, "/tmp/x/y.sock");
  assertEquals(runtimeFolder(env({})), `/tmp/boctl-${Deno.uid()}`);
  assertEquals(runtimeFolder(env({ XDG_RUNTIME_DIR: "run" })), `/tmp/boctl-${Deno.uid()}`);
  assertEquals(placeOf("./y.sock", env({}))?.socket, `${Deno.cwd()}/./y.sock`);
  for (const name of ["", " ", "-a", "a b", "a\nb", "x".repeat(33), ".."]) {
    if (name !== "") assertThrows(() => placeOf(name, env({})), UsageError, "is no name");
  }
});

Deno.test("ensureFolder() takes no folder that others may enter, nor a link to one", () => {
  const folder = Deno.makeTempDirSync();
  try {
    ensureFolder(`${folder}/new/boctl`);
    assertEquals((Deno.statSync(`${folder}/new/boctl`).mode ?? 0) & 0o777, 0o700);
    ensureFolder(`${folder}/new/boctl`);
    Deno.mkdirSync(`${folder}/open`);
    Deno.chmodSync(`${folder}/open`, 0o755);
    assertThrows(
      () => ensureFolder(`${folder}/open`),
      NoDevice,
      "not a folder of this user's alone",
    );
    Deno.symlinkSync(`${folder}/new/boctl`, `${folder}/link`);
    assertThrows(() => ensureFolder(`${folder}/link`), NoDevice);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("placesIn() lists sockets by name, isThere() looks for one", () => {
  const folder = Deno.makeTempDirSync();
  try {
    assertEquals(placesIn(`${folder}/none`), []);
    for (const name of ["b.sock", "a.sock", "a.lock"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, "");
    }
    assertEquals(placesIn(folder).map(({ name }) => name), ["a", "b"]);
    const place = placeOf(`${folder}/a.sock`, env({}));
    // A file of that name is no socket.
    assertEquals(place !== undefined && isThere(place), false);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a runtime folder that cannot be is told of, and has no sessions", () => {
  const file = Deno.makeTempFileSync();
  try {
    const place = placeOf(undefined, env({ XDG_RUNTIME_DIR: file }));
    assert(place !== undefined);
    assertEquals(isThere(place), false);
    assertEquals(textOf(place.ended), undefined);
    assertEquals(SessionClient.connect(place, env({})), undefined);
    assertThrows(() => ensureFolder(`${file}/boctl`), NoDevice, `${file}/boctl: sessions' sockets`);
    assertThrows(() => placesIn(`${file}/boctl`), NoDevice, `${file}/boctl: sessions' sockets`);
    assertThrows(() => ensureFolder("/proc/self/boctl"), NoDevice, "cannot be there");
  } finally {
    Deno.removeSync(file);
  }
});
