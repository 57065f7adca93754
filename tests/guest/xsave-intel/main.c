/* SPDX-License-Identifier: BSD-2-Clause */
/* The test xsave on an Intel processor (file args), which offers fewer features. */
#include "../xsave/main.c"
