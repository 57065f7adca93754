/* SPDX-License-Identifier: BSD-2-Clause */
/* For a test's Domain 0, whose losetup cannot: loop DEVICE BYTES sets the size of the sectors of a loop
 * device. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <linux/loop.h>

int main(int argc, char **argv)
{
    int device = argc == 3 ? open(argv[1], O_RDWR) : -1;

    if (device < 0 || ioctl(device, LOOP_SET_BLOCK_SIZE, strtoul(argv[2], NULL, 10))) {
        perror("loop");
        return 1;
    }
    return 0;
}
