import type { BoardPart, Register } from "../machine.ts";

// Offsets by the names of Vivante's state_hi.xml.
const REGISTERS: readonly Register[] = [
  [0x04, 0x7fffffff], // HI_IDLE_STATE: every unit is idle
  [0x1c, 0xe0287cac], // CHIP_FEATURE
  [0x20, 0x7000], // CHIP_MODEL: GC7000
  [0x24, 0x6204], // CHIP_REV
  [0x28, 0x20170101], // CHIP_DATE
  [0x34, 0xc1799eff], // CHIP_MINOR_FEATURE_0
  [0x48, 0x80050214], // CHIP_SPECS
];

/**
 * A Vivante GC7000 for the etnaviv driver.
 *
 * Its reset is skipped: it ends once a register that it wrote itself tells of idle units
 * (etnaviv_hw_reset).
 */
export const ETNAVIV_GC7000: BoardPart = {
  source: `
/ {
  gpu@78110000 {
    compatible = "vivante,gc";
    reg = <0x0 0x78110000 0x0 0x4000>;
    interrupts = <0 207 4>;
    clocks = <&{/apb-pclk}>, <&{/apb-pclk}>, <&{/apb-pclk}>, <&{/apb-pclk}>;
    clock-names = "reg", "bus", "core", "shader";
  };
};
`,
  blocks: [{ address: 0x78110000, size: 0x4000, registers: REGISTERS }],
  firmware: [],
  skipped: { etnaviv: ["etnaviv_hw_reset"] },
};
