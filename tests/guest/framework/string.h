/* SPDX-License-Identifier: BSD-2-Clause */
/* The few string functions that tests and the compiler need. */
#ifndef GUEST_STRING_H
#define GUEST_STRING_H

#include <stddef.h>

void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
/* The first occurrence of word in text, or NULL. */
const char *strstr(const char *text, const char *word);

#endif
