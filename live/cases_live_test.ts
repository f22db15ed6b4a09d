// The cases on the real kernel of the guest.
import { checkCase } from "./_case.ts";
import { liveTest } from "./_machine.ts";
import { cases } from "./cases/mod.ts";

for (const wanted of cases) {
  liveTest(wanted.name, wanted.on, () => checkCase("--backend live", wanted));
}
