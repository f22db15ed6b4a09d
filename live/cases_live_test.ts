// The cases on the real kernel of the guest.
import { checkCase } from "./_case.ts";
import { liveTest, placesOf } from "./_machine.ts";
import { cases } from "./cases/mod.ts";

for (const wanted of cases) {
  liveTest(
    wanted.name,
    placesOf(wanted.on, wanted.pages),
    () => checkCase("--backend live", wanted),
  );
}
