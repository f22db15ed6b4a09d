import type { BoardPart } from "../machine.ts";

/**
 * An Adreno 200 as in the i.MX51, for the msm driver: the one Adreno that needs neither IOMMU nor
 * display. Its registers are not read before its firmware is there, which it is not, so there is
 * no ring to submit to; buffers do not need one.
 */
export const MSM_ADRENO200: BoardPart = {
  source: `
/ {
  adreno_points: opp-table-adreno {
    compatible = "operating-points-v2";
    opp-24000000 {
      opp-hz = /bits/ 64 <24000000>;
    };
  };
  gpu@78140000 {
    compatible = "amd,imageon-200.0", "amd,imageon";
    reg = <0x0 0x78140000 0x0 0x20000>;
    reg-names = "kgsl_3d0_reg_memory";
    interrupts = <0 218 4>;
    interrupt-names = "kgsl_3d0_irq";
    clocks = <&{/apb-pclk}>, <&{/apb-pclk}>;
    clock-names = "core_clk", "mem_iface_clk";
    operating-points-v2 = <&adreno_points>;
  };
};
`,
  blocks: [{ address: 0x78140000, size: 0x20000, registers: [] }],
  firmware: [],
};
