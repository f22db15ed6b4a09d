import type { BoardPart } from "../machine.ts";

/**
 * The V3D of a Cygnus for the vc4 driver, with none of the parts that drive a display.
 *
 * Without a CRTC there is nothing for a console to be shown on, so none is asked for.
 */
export const VC4_CYGNUS: BoardPart = {
  source: `
/ {
  gpu@78160000 {
    compatible = "brcm,cygnus-v3d";
    reg = <0x0 0x78160000 0x0 0x1000>;
    interrupts = <0 219 4>;
    clocks = <&{/apb-pclk}>;
  };
  gpu-vc4 {
    compatible = "brcm,cygnus-vc4";
  };
};
`,
  // V3D_IDENT0 of vc4_regs.h: "V3D", version 2.
  blocks: [{ address: 0x78160000, size: 0x1000, registers: [[0x0, 0x02443356]] }],
  firmware: [],
  parameters: { drm_kms_helper: "fbdev_emulation=0" },
  complaints: [
    {
      line: /WARNING: .*\/vc4_debugfs\.c:\d+ (?:at )?vc4_debugfs_init\+/,
      why: "vc4_hvs_debugfs_init() fails without a scaler, and its caller warns",
    },
    {
      line: /UBSAN: shift-out-of-bounds in .*\/vc4_plane\.c:/,
      why:
        "vc4_plane_create_additional_planes() makes the mask of all CRTCs, of which there are none",
    },
  ],
};
