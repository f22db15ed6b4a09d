// The scripts of fixtures/reproductions/ on the real kernel of the guest.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_boctl.ts";
import { liveTest, machine } from "./_machine.ts";
import { pathOf, reproductions } from "./_reproductions.ts";

for (const script of reproductions) {
  const { name, on, device, simulatedOnly, dependsOnCaches, once } = script;
  if (once === "c") continue;
  const line = `--backend live --device ${device} run ${pathOf(script)}`;
  if (simulatedOnly === true) {
    liveTest(`${name}: not supported on ${device} of a live kernel`, on, async () => {
      const { code, err } = await boctl(line);
      assertStringIncludes(err, "boctl submits no jobs to real GPUs");
      assertEquals(code, 77);
    });
    continue;
  }
  liveTest(`${name} on ${device}`, dependsOnCaches === true ? [] : on, async () => {
    const { code, out, err } = await boctl(line);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, `PASS ${pathOf(script)} on live, Linux ${machine?.split("-")[1]}.`);
  });
}
