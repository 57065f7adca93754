/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Behind Domain 0's start_info stands what the screen is: a dom0_vga_console_info_t in the same page, at the
 * offset and of the size that start_info's console union gives.
 *
 * With a screen that the BIOS left in text mode 3 its type is 3 and it has 25 rows of 80 columns, 16 lines
 * high (xen.h, XEN_VGATYPE_TEXT_MODE_3). Without a screen the description is there all the same, with type 0.
 * Where the cursor is is not asserted but for lying on the screen: stock Xen clears the screen first, Xenport
 * leaves it as it is.
 *
 * What goes wrong: a kernel with a size of 0 keeps what its own boot protocol has there, which nobody filled
 * in: Linux then draws on a screen of no columns.
 */
#include "guest.h"

const char test_title[] = "What start_info says about the screen";

void test_main(void)
{
    const dom0_vga_console_info_t *screen =
        (const void *)((const char *)start_info + start_info->console.dom0.info_off);

    CHECK_EQUAL(start_info->console.dom0.info_off, sizeof(*start_info));
    CHECK_EQUAL(start_info->console.dom0.info_size, sizeof(*screen));
    CHECK_EQUAL(screen->video_type, XEN_VGATYPE_TEXT_MODE_3);
    CHECK_EQUAL(screen->u.text_mode_3.font_height, 16);
    CHECK_EQUAL(screen->u.text_mode_3.rows, 25);
    CHECK_EQUAL(screen->u.text_mode_3.columns, 80);
    CHECK(screen->u.text_mode_3.cursor_x < 80 && screen->u.text_mode_3.cursor_y < 25);
    test_success();
}
