/* SPDX-License-Identifier: BSD-2-Clause */
/* The test xsave on an Intel processor (file args), where stock Xen offers AVX only with spec-ctrl=no. */
#include "../xsave/main.c"
