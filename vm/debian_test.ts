import { assertEquals, assertThrows } from "@std/assert";
import { mirrorFor, parseMirrors } from "./debian.ts";
import { SetupError } from "./errors.ts";

const LISTED = `
http://mirror.invalid/debian bookworm Debian
http://mirror.invalid/debian bookworm-updates Debian
http://mirror.invalid/security bookworm-security Debian
http://elsewhere.invalid/apt stable Somebody
`;

Deno.test("parseMirrors() keeps Debian's archives and leaves others out", () => {
  assertEquals(parseMirrors(LISTED).map((mirror) => mirror.release), [
    "bookworm",
    "bookworm-updates",
    "bookworm-security",
  ]);
  assertEquals(parseMirrors("http://mirror.invalid/debian bookworm\n"), []);
});

Deno.test("mirrorFor() takes security suites from the security archive", () => {
  const mirrors = parseMirrors(LISTED);
  assertEquals(mirrorFor("trixie-backports", mirrors), "http://mirror.invalid/debian");
  assertEquals(mirrorFor("bookworm-security", mirrors), "http://mirror.invalid/security");
});

Deno.test("mirrorFor() says what to do where the machine knows no archive", () => {
  assertThrows(() => mirrorFor("bookworm", []), SetupError, "apt-get update");
});
