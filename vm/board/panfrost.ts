import type { BoardPart, Register } from "../machine.ts";

// Offsets by the names of panfrost_regs.h. Without MMU_FEATURES CREATE_BO is ERANGE, without
// RESET_COMPLETED in INT_RAWSTAT the probe times out.
const REGISTERS: readonly Register[] = [
  [0x000, 0x72120000], // GPU_ID: Mali-G52
  [0x014, 0x2830], // MMU_FEATURES: 48 bits of virtual, 40 of physical address
  [0x018, 0xff], // AS_PRESENT: eight address spaces
  [0x01c, 0x7], // JS_PRESENT: three job slots
  [0x020, 0x100], // INT_RAWSTAT: RESET_COMPLETED
];

const SIZE = 0x10000;

function node(address: number, firstInterrupt: number, extra: string): string {
  const interrupts = [0, 1, 2].map((n) => `<0 ${firstInterrupt + n} 4>`).join(", ");
  return `
/ {
  gpu@${address.toString(16)} {
    compatible = "arm,mali-bifrost";
    reg = <0x0 0x${address.toString(16)} 0x0 0x${SIZE.toString(16)}>;
    interrupts = ${interrupts};
    interrupt-names = "job", "mmu", "gpu";
    clocks = <&{/apb-pclk}>;
    ${extra}
  };
};
`;
}

/** Two Mali-G52 for the panfrost driver: at 0x78000000 not coherent, at 0x78010000 coherent. */
export const PANFROST_G52: BoardPart = {
  source: node(0x78000000, 200, "") + node(0x78010000, 203, "dma-coherent;"),
  blocks: [0x78000000, 0x78010000].map((address) => ({
    address,
    size: SIZE,
    registers: REGISTERS,
  })),
  firmware: [],
};
