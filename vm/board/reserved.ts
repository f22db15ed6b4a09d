import type { BoardPart } from "../machine.ts";

/** Guest RAM set apart for the registers of all GPUs: 4 MiB, `no-map` so that ioremap takes it. */
export const RESERVED_REGISTERS: BoardPart = {
  source: `
/ {
  reserved-memory {
    #address-cells = <2>;
    #size-cells = <2>;
    ranges;
    gpu-registers@78000000 {
      reg = <0x0 0x78000000 0x0 0x00400000>;
      no-map;
    };
  };
};
`,
  blocks: [],
  firmware: [],
};
