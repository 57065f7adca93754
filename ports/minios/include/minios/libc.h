/* SPDX-License-Identifier: BSD-2-Clause */
/* Of libc/syscalls.c, beyond what the C library's own headers declare. */
#ifndef MINIOS_LIBC_H
#define MINIOS_LIBC_H

/* Has what the C library keeps for a thread freed when that ends. */
void libc_init(void);

#endif
