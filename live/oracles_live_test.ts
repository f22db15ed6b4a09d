// The scripts of fixtures/oracles/ on the real kernel of the guest.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { boctl } from "./_boctl.ts";
import { liveTest, machine } from "./_machine.ts";
import { oraclePath, oracles } from "./_oracles.ts";

for (const script of oracles) {
  liveTest(`${script.name} holds on this kernel`, script.on, async () => {
    const line = `--backend live --device card0 run ${oraclePath(script)}`;
    const { code, out, err } = await boctl(line);
    assertEquals([code, err], [0, ""], out);
    assertStringIncludes(out, `on live, Linux ${machine?.split("-")[1]}.`);
  });
}
