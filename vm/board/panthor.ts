import type { BoardPart, Register } from "../machine.ts";
import { csfFirmware } from "./csf_firmware.ts";

// Offsets by the names of panthor_regs.h.
const REGISTERS: readonly Register[] = [
  [0x0000, 0xa8670005], // GPU_ID: Mali-G610
  [0x0014, 0x2830], // MMU_FEATURES: 48 bits of virtual, 40 of physical address
  [0x0018, 0xff], // AS_PRESENT: eight address spaces
  [0x0020, 0x20100], // INT_RAWSTAT: RESET_COMPLETED and CLEAN_CACHES_COMPLETED
  [0x0100, 0xf], // SHADER_PRESENT
  [0x0110, 0x1], // TILER_PRESENT
  [0x0120, 0x1], // L2_PRESENT
  [0x0160, 0x1], // L2_READY
  [0x0300, 0x1], // COHERENCY_FEATURES: ACE-Lite
  [0x100c, 0x80000000], // JOB_INT_STAT: the global interface, which ends the wait for the boot
  [0x10000, 0x1], // LATEST_FLUSH_ID
];

const SIZE = 0x100000;

const SUPPLY = `
/ {
  gpu_supply: regulator-gpu {
    compatible = "regulator-fixed";
    regulator-name = "gpu";
    regulator-min-microvolt = <1000000>;
    regulator-max-microvolt = <1000000>;
    regulator-always-on;
  };
  gpu_points: opp-table-gpu {
    compatible = "operating-points-v2";
    opp-24000000 {
      opp-hz = /bits/ 64 <24000000>;
      opp-microvolt = <1000000>;
    };
  };
};
`;

function node(address: number, firstInterrupt: number, extra: string): string {
  const interrupts = [0, 1, 2].map((n) => `<0 ${firstInterrupt + n} 4>`).join(", ");
  return `
/ {
  gpu@${address.toString(16)} {
    compatible = "rockchip,rk3588-mali", "arm,mali-valhall-csf";
    reg = <0x0 0x${address.toString(16)} 0x0 0x${SIZE.toString(16)}>;
    interrupts = ${interrupts};
    interrupt-names = "job", "mmu", "gpu";
    clocks = <&{/apb-pclk}>;
    clock-names = "core";
    operating-points-v2 = <&gpu_points>;
    mali-supply = <&gpu_supply>;
    ${extra}
  };
};
`;
}

/** Two Mali-G610 for the panthor driver: at 0x78200000 not coherent, at 0x78300000 coherent. */
export const PANTHOR_G610: BoardPart = {
  source: SUPPLY + node(0x78200000, 212, "") + node(0x78300000, 215, "dma-coherent;"),
  blocks: [0x78200000, 0x78300000].map((address) => ({
    address,
    size: SIZE,
    registers: REGISTERS,
  })),
  firmware: [{ path: "arm/mali/arch10.8/mali_csffw.bin", make: csfFirmware }],
};
