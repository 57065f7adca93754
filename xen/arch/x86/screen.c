/* SPDX-License-Identifier: BSD-2-Clause */
/* What the BIOS data area says about the screen. The hypervisor itself does not write there. */
#include <xen/arch.h>
#include <xen/string.h>
#include <asm/screen.h>

#define BDA_MODE      0x449 /* a byte, as the following unless they say otherwise */
#define BDA_COLUMNS   0x44a /* two bytes */
#define BDA_CURSOR    0x450 /* of page 0: column, row */
#define BDA_LAST_ROW  0x484
#define BDA_CHARACTER 0x485 /* two bytes: its height in lines */

static unsigned int bda(unsigned int address, unsigned int bytes)
{
    const uint8_t *at = arch_direct_map(address);

    return bytes == 1 ? at[0] : at[0] | (unsigned int)at[1] << 8;
}

void __init screen_describe(dom0_vga_console_info_t *info)
{
    memset(info, 0, sizeof(*info));
    if (bda(BDA_MODE, 1) != XEN_VGATYPE_TEXT_MODE_3 || !bda(BDA_COLUMNS, 2) || !bda(BDA_LAST_ROW, 1))
        return;
    info->video_type = XEN_VGATYPE_TEXT_MODE_3;
    info->u.text_mode_3.font_height = (uint16_t)bda(BDA_CHARACTER, 2);
    info->u.text_mode_3.cursor_x = (uint16_t)bda(BDA_CURSOR, 1);
    info->u.text_mode_3.cursor_y = (uint16_t)bda(BDA_CURSOR + 1, 1);
    info->u.text_mode_3.rows = (uint16_t)(bda(BDA_LAST_ROW, 1) + 1);
    info->u.text_mode_3.columns = (uint16_t)bda(BDA_COLUMNS, 2);
}
