import type { BoardPart, Register } from "../machine.ts";

const ADDRESS = 0x78100000;

// Offsets by the names of v3d_regs.h, from the start of the hub. The bridge is there because the tree
// has no reset line: the driver then resets by the bridge's registers.
const REGISTERS: readonly Register[] = [
  [0x000c, 0x20124], // HUB_IDENT1: V3D 4.2, one core, with a TFU
  [0x0010, 0x100], // HUB_IDENT2: with an MMU
  [0x0014, 0x500], // HUB_IDENT3: revision 5 of its design
  [0x1238, 0x622], // MMU_DEBUG_INFO: 32 bits of virtual, 36 of physical address
  [0x8000, 0x200], // TOP_GR_BRIDGE_REVISION: 2.0
];

/** A V3D 4.2 as in the Raspberry Pi 4, for the v3d driver. */
export const V3D_42: BoardPart = {
  source: `
/ {
  gpu@78100000 {
    compatible = "brcm,2711-v3d";
    reg = <0x0 0x78100000 0x0 0x4000>, <0x0 0x78104000 0x0 0x4000>, <0x0 0x78108000 0x0 0x1000>;
    reg-names = "hub", "core0", "bridge";
    interrupts = <0 206 4>;
    clocks = <&{/apb-pclk}>;
  };
};
`,
  blocks: [{ address: ADDRESS, size: 0x9000, registers: REGISTERS }],
  firmware: [],
};
