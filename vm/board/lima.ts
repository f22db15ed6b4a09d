import type { BoardPart, Register } from "../machine.ts";

// Offsets by the names of lima_regs.h, from the starts of the units as lima_device.c has them.
const REGISTERS: readonly Register[] = [
  [0x0024, 0x80000], // GP_INT_RAWSTAT: RESET_COMPLETED
  [0x006c, 0x0b070101], // GP_VERSION: Mali-400
  [0x1004, 0x07100206], // L2_CACHE_SIZE: 64 KiB, 4 ways
];

/**
 * A Mali-400 with one pixel processor for the lima driver.
 *
 * What is skipped wants registers that answer: an MMU's page table address has to read back without
 * its low bits, and be 0 after a reset (lima_mmu.c); a pixel processor's reset has to clear all
 * interrupts but its own (lima_pp.c). The version of the pixel processor is not read then, and the
 * driver tells 0 for it.
 */
export const LIMA_MALI400: BoardPart = {
  source: `
/ {
  gpu@78120000 {
    compatible = "arm,mali-400";
    reg = <0x0 0x78120000 0x0 0x10000>;
    interrupts = <0 208 4>, <0 209 4>, <0 210 4>, <0 211 4>;
    interrupt-names = "gp", "gpmmu", "pp0", "ppmmu0";
    clocks = <&{/apb-pclk}>, <&{/apb-pclk}>;
    clock-names = "bus", "core";
  };
};
`,
  blocks: [{ address: 0x78120000, size: 0x10000, registers: REGISTERS }],
  firmware: [],
  skipped: { lima: ["lima_mmu_init", "lima_mmu_resume", "lima_pp_init", "lima_pp_resume"] },
};
