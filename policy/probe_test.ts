import { assertEquals } from "@std/assert";
import { judgeProbe, type Observed, type Probe, type ProbeSubject } from "./probe.ts";

const subject: ProbeSubject = { kind: "udmabuf", name: "udmabuf" };
const refused: Observed = { answer: "refused", errno: "EINVAL", detail: "a call" };
const untold: Observed = { answer: "cannot-be-told", detail: "nobody knows" };

function probeWith(fields: Partial<Probe>): Probe {
  return { id: "sample", question: "What?", run: () => refused, ...fields };
}

const wants = (kept: boolean, wanted = "it is so") => () => ({ kept, wanted });

Deno.test("judgeProbe() holds a probe to the kernel's promise", () => {
  const judge = (kept: boolean): string =>
    judgeProbe(probeWith({ kernel: wants(kept) }), refused, subject, "kernel").verdict;
  assertEquals([judge(true), judge(false)], ["kept", "finding"]);
});

Deno.test("judgeProbe() holds it to the threads, too, where they are asked", () => {
  const probe = probeWith({ kernel: wants(true), threads: wants(false, "it is otherwise") });
  assertEquals(judgeProbe(probe, refused, subject, "kernel").verdict, "kept");
  const strict = judgeProbe(probe, refused, subject, "threads");
  assertEquals([strict.verdict, strict.wanted], ["finding", "it is otherwise"]);
});

Deno.test("judgeProbe() keeps what nobody asks for a fact", () => {
  for (const profile of ["kernel", "threads"] as const) {
    assertEquals(judgeProbe(probeWith({}), refused, subject, profile).verdict, "fact");
    const silent = probeWith({ kernel: () => undefined });
    assertEquals(judgeProbe(silent, refused, subject, profile).verdict, "fact");
  }
});

Deno.test("judgeProbe() makes no finding of a missing answer, but where the books show it", () => {
  const probe = probeWith({ kernel: wants(false) });
  assertEquals(judgeProbe(probe, untold, subject, "kernel").verdict, "skipped");
  const books = (kept: boolean): Observed => ({ ...untold, books: { kept, detail: "" } });
  assertEquals(judgeProbe(probe, books(true), subject, "kernel").verdict, "skipped");
  assertEquals(judgeProbe(probe, books(false), subject, "kernel").verdict, "finding");
});
